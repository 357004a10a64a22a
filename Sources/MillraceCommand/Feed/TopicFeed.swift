import CommandLine
import Foundation
import Kafka
import Millrace
import MillraceWorker

/// Sends events and labels in the order of their times: keyed, stamped with the time at which each became known, at the
/// pace asked for, and not too far ahead of ingest.
final class TopicFeed {
    private let target: FeedTarget
    private let producer: Producer
    private let stop: InterruptSignal
    private let lead: LeadLimit?
    private var pace: Pace
    private let begin = ContinuousClock.now
    private(set) var events = 0
    private(set) var labels = 0

    init(_ target: FeedTarget, pace: Pace, stop: InterruptSignal, console: Console) throws {
        self.target = target
        self.pace = pace
        self.stop = stop
        producer = try Producer(settings: target.settings)
        if let limit = target.leadLimit, let pipeline = target.pipeline, let connection = target.connection {
            let topics = [target.eventTopic] + (target.labelTopic.map { [$0] } ?? [])
            lead = LeadLimit(
                connection.admin, group: Role.ingest.group(of: pipeline.name), topics: topics, limit: limit,
                stop: stop, console: console)
        } else {
            lead = nil
        }
    }

    /// Whether somebody asked to stop: then nothing more is to be sent.
    var isStopped: Bool { stop.isRaised }

    func event(key: UnsafeRawBufferPointer?, payload: UnsafeRawBufferPointer, time: Timestamp) throws {
        if let due = pace.due(time) { try wait(for: due) }
        try send(to: target.eventTopic, key, payload, time)
        events += 1
        if events & 1023 == 0 { try check() }
    }

    func label(key: UnsafeRawBufferPointer?, payload: UnsafeRawBufferPointer, time: Timestamp) throws {
        guard let topic = target.labelTopic else { return }
        try send(to: topic, key, payload, time)
        labels += 1
    }

    /// Waits for everything to be acknowledged, and closes.
    func finish() throws {
        try producer.flush(within: .seconds(120))
        try producer.takeReport().check()
        producer.close()
    }

    private func send(
        to topic: String, _ key: UnsafeRawBufferPointer?, _ payload: UnsafeRawBufferPointer, _ time: Timestamp
    ) throws {
        if let lead, !lead.takesOne() {
            try producer.flush(within: .seconds(60))
            try lead.waitForRoom()
            _ = lead.takesOne()
        }
        // Rounded down, before 1970 too.
        let milliseconds = (time.microseconds - (time.microseconds < 0 ? 999 : 0)) / 1000
        try producer.send(to: topic, key: key, value: payload, timestampMilliseconds: milliseconds)
    }

    private func check() throws {
        producer.poll()
        // Failures would otherwise be seen at the end of a long file only.
        if events & 0xFFFF == 0 { try producer.takeReport().check() }
    }

    private func wait(for due: Duration) throws {
        while !stop.isRaised {
            let left = due - begin.duration(to: .now)
            guard left > .milliseconds(1) else { return }
            producer.poll()
            Thread.sleep(forTimeInterval: min(0.1, Double(left.microseconds) / 1e6))
        }
    }
}
