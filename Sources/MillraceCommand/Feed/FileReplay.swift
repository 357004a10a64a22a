import CommandLine
import Compression
import Millrace

/// Sends the rows of a file, and their labels among them when they become known.
struct FileReplay {
    /// What is kept of an event until its label is known.
    private struct Labelled: Sendable {
        var id: [UInt8]
        var value: [UInt8]
    }

    private let reader: EventReader
    private let delay: LabelDelay
    private let arguments: Arguments
    private let reportsAll: Bool
    private let seed: UInt64
    private let span: (from: Timestamp?, until: Timestamp?)
    private var waiting = DelayedLabels<Labelled>()
    private var payload: [UInt8] = []
    private var malformed = 0
    private var outOfOrder = 0
    private var layout: EventLayout.Label?

    init(_ reader: EventReader, delay: LabelDelay, _ arguments: Arguments) {
        self.reader = reader
        self.delay = delay
        self.arguments = arguments
        reportsAll = FeedOptions.reports(arguments) == .all
        seed = UInt64(arguments.integer("seed"))
        func time(_ name: String) -> Timestamp? {
            arguments.instantIfGiven(name).map { Timestamp(microseconds: Int64($0) * 1_000_000) }
        }
        span = (time("from"), time("until"))
        layout = reader.labelLayout
    }

    consuming func run(_ target: FeedTarget, _ pace: Pace) throws -> ExitCode {
        let console = arguments.console
        let stop = InterruptSignal.installed()
        if layout != nil, target.labelTopic == nil {
            throw UsageError(
                .missingOption, "Expected --labels-topic for the labels of the file, found nothing.",
                advice: "Give --labels-topic, or --labels none.")
        }
        var sorted = arguments.flag("sort") ? try SortedRows(reader) : nil
        let feed = try TopicFeed(target, pace: pace, stop: stop, console: console)
        // The file's own bytes say how much is left; how many events it holds is known at its end only.
        let progress = Progress("produce", total: reader.lines.source.size, unit: nil, on: console)
        var row = EventRow()
        var newest = Timestamp.distantPast
        while !stop.isRaised, try sorted?.next(&row) ?? next(&row) {
            if let from = span.from, row.time < from { continue }
            if let until = span.until, row.time >= until { continue }
            if row.time < newest { outOfOrder += 1 }
            newest = max(newest, row.time)
            while let label = waiting.pop(knownAt: newest) { try send(label, to: feed) }
            try row.key.withUnsafeBytes { key in
                try row.payload.withUnsafeBytes { payload in
                    try feed.event(key: key.isEmpty ? nil : key, payload: payload, time: row.time)
                }
            }
            if !row.label.isEmpty, reportsAll || row.isPositive { keepLabel(of: row) }
            if feed.events & 1023 == 0 { progress.update(done: reader.lines.source.packedPosition) }
        }
        if !arguments.flag("stop-with-events") {
            while !stop.isRaised, let label = waiting.pop() { try send(label, to: feed) }
        }
        try feed.finish()
        progress.finish()
        report(feed, target, console)
        return stop.reason?.exitCode ?? .success
    }

    private mutating func next(_ row: inout EventRow) throws -> Bool {
        guard arguments.flag("skip-malformed") else { return try reader.next(&row) }
        while true {
            do {
                return try reader.next(&row)
            } catch is ReplayError {
                malformed += 1
            }
        }
    }

    private mutating func keepLabel(of row: EventRow) {
        let hash = row.id.withUnsafeBytes { LabelDelay.hash($0, seed: seed) }
        waiting.add(
            .init(
                event: Labelled(id: row.id, value: row.label), reported: row.time + delay.delay(hash: hash),
                isFraud: row.isPositive))
    }

    private mutating func send(_ label: DelayedLabels<Labelled>.Label, to feed: TopicFeed) throws {
        guard let layout else { return }
        payload.removeAll(keepingCapacity: true)
        payload.append(contentsOf: "{\"\(layout.eventField)\":".utf8)
        payload.append(contentsOf: label.event.id)
        payload.append(contentsOf: ",\"\(layout.reportedField)\":\(layout.reported(label.reported)),".utf8)
        payload.append(contentsOf: "\"\(layout.valueField)\":".utf8)
        payload.append(contentsOf: label.event.value)
        payload.append(UInt8(ascii: "}"))
        try JSONBytes.unquoted(label.event.id).withUnsafeBytes { key in
            try payload.withUnsafeBytes { try feed.label(key: key, payload: $0, time: label.reported) }
        }
    }

    private func report(_ feed: TopicFeed, _ target: FeedTarget, _ console: Console) {
        var text = "\(Human.grouped(feed.events)) events to \(target.eventTopic)"
        if layout != nil, let topic = target.labelTopic { text += ", \(Human.grouped(feed.labels)) labels to \(topic)" }
        console.print(text)
        if malformed > 0 { console.warn("\(Human.grouped(malformed)) lines could not be read and were left out") }
        if outOfOrder > 0 {
            console.warn(
                "\(Human.grouped(outOfOrder)) events were older than one before them; --sort sends a file in the order of time"
            )
        }
    }
}

extension EventLayout.Label {
    /// A report's time as JSON, in the format that the pipeline declares.
    func reported(_ time: Timestamp) -> String {
        switch reportedFormat {
        case .iso8601: "\"\(time)\""
        case .unixSeconds: String(time.microseconds / 1_000_000)
        case .unixMilliseconds: String(time.microseconds / 1000)
        case .unixMicroseconds: String(time.microseconds)
        }
    }
}
