import CommandLine
import Millrace

/// Sends a simulation to topics.
struct TopicSimulation {
    private var simulation: Simulation
    private let payloads = PayloadBuffer()
    private var writer: TransactionJSONWriter

    init(_ simulation: Simulation) {
        self.simulation = simulation
        writer = TransactionJSONWriter(size: simulation.size)
    }

    consuming func run(_ target: FeedTarget, _ pace: Pace, _ console: Console) throws -> ExitCode {
        let stop = InterruptSignal.installed()
        let feed = try TopicFeed(target, pace: pace, stop: stop, console: console)
        let progress = Progress("simulate", total: simulation.expected, unit: "events", on: console)
        var batch = SimulatedStream.Batch()
        var left = simulation.limit ?? .max
        // Small batches, so that a slow pace shows progress and hears signals.
        while left > 0, !stop.isRaised, simulation.stream.fill(&batch, max: min(left, 4096)) {
            try send(batch, to: feed)
            left -= batch.transactions.count
            progress.update(done: feed.events)
        }
        try feed.finish()
        progress.finish()
        console.print(
            "\(Human.grouped(feed.events)) events to \(target.eventTopic)"
                + (target.labelTopic.map { ", \(Human.grouped(feed.labels)) labels to \($0)" } ?? ""))
        return stop.reason?.exitCode ?? .success
    }

    private mutating func send(_ batch: SimulatedStream.Batch, to feed: TopicFeed) throws {
        var key = DigitText()
        payloads.removeAll()
        writer.append(batch.transactions, to: payloads)
        let rows = batch.transactions
        let events = payloads.count
        try batch.forEach { range in
            for row in range {
                if feed.isStopped { return }
                try key.with(Int(rows.customers[row])) { key in
                    try feed.event(
                        key: key, payload: payloads[row],
                        time: Timestamp(microseconds: Int64(rows.seconds[row]) * 1_000_000))
                }
            }
        } label: { label in
            guard simulation.wantsLabels, !feed.isStopped else { return }
            writer.append(label, to: payloads)
            try key.with(label.event) { key in
                try feed.label(key: key, payload: payloads[payloads.count - 1], time: label.reported)
            }
        }
        assert(payloads.count >= events)
    }
}

/// The decimal digits of a number, without a string for each.
struct DigitText {
    private var bytes: (UInt64, UInt64, UInt64) = (0, 0, 0)

    mutating func with(_ number: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        try withUnsafeMutableBytes(of: &bytes) { bytes in
            var start = bytes.count
            var rest = number.magnitude
            repeat {
                start -= 1
                bytes[start] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                bytes[start] = UInt8(ascii: "-")
            }
            try body(UnsafeRawBufferPointer(rebasing: bytes[start...]))
        }
    }
}
