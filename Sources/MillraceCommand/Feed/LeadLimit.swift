import CommandLine
import Foundation
import Kafka
import Millrace

/// Keeps a producer from running too far ahead of a pipeline's ingest.
///
/// The broker is asked only when the allowance is used up: it is what may be sent, whatever partition it goes to, before
/// any partition could hold more than the limit.
final class LeadLimit {
    private let admin: Admin
    private let group: String
    private let topics: [String]
    private let limit: Int
    private let stop: InterruptSignal
    private let console: Console
    private var allowance = 0
    private var partitions: [TopicPartition]?
    private var hasWarned = false

    init(_ admin: Admin, group: String, topics: [String], limit: Int, stop: InterruptSignal, console: Console) {
        self.admin = admin
        self.group = group
        self.topics = topics
        self.limit = limit
        self.stop = stop
        self.console = console
    }

    /// Whether a message may be sent at once; counts it.
    @inline(__always)
    func takesOne() -> Bool {
        guard allowance > 0 else { return false }
        allowance -= 1
        return true
    }

    /// Waits until there is room. Everything sent must have been flushed before.
    func waitForRoom() throws {
        let begin = ContinuousClock.now
        while !stop.isRaised {
            let lead: Int
            do {
                lead = try greatestLead()
            } catch let error as KafkaError where error.isRetriable && begin.duration(to: .now) < .seconds(60) {
                // A coordinator that is just loading, a broker under load: what was sent is safe, and it can be waited for.
                Thread.sleep(forTimeInterval: 0.5)
                continue
            }
            // A few at a time would mean a question to the broker each.
            if lead <= limit - max(1, limit / 8) {
                allowance = limit - lead
                return
            }
            if !hasWarned, begin.duration(to: .now) > .seconds(10) {
                hasWarned = true
                console.note(
                    "Waiting: \(Human.grouped(lead)) messages of a partition are not committed by \(group) yet. "
                        + "Is 'millrace run' running?")
            }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func greatestLead() throws -> Int {
        let partitions: [TopicPartition]
        if let known = self.partitions {
            partitions = known
        } else {
            partitions = try admin.describeTopics(topics).flatMap { topic in
                (0..<Int32(topic.partitionCount)).map { TopicPartition(topic.name, $0) }
            }
            self.partitions = partitions
        }
        let marks = try admin.watermarks(partitions, isolation: .readUncommitted)
        let committed = try admin.committedOffsets(of: group, partitions: partitions)
        return partitions.map { partition in
            guard let marks = marks[partition] else { return 0 }
            return Int(marks.high - max(committed[partition]?.offset ?? marks.low, marks.low))
        }.max() ?? 0
    }
}
