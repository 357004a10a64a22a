import Foundation
import Kafka
import Millrace

/// What a former owner of partitions may have left behind: a transaction that is open, or committed and not yet to be
/// seen. Both are waited for before outputs are folded, lest something that was decided be missed.
struct FormerOwner {
    var cluster: Cluster
    var consumer: Consumer

    /// Committed offsets, once no transaction that would change them is open. One left by a killed process ends when its
    /// successor under the same instance begins, or by the broker's timeout.
    func stableOffsets(_ partitions: [TopicPartition]) throws -> [TopicPartition: CommittedOffset] {
        let deadline = ContinuousClock.now + .seconds(90)
        while true {
            do {
                return try consumer.committed(partitions)
            } catch let error as KafkaError where error.isRetriable && ContinuousClock.now < deadline {
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
    }

    /// A transaction's markers reach the group's offsets and the outputs one after the other, within moments. Other
    /// roles' topics may have a transaction open for longer, and are not waited for.
    func awaitMarkers(of arrows: [Arrow], within limit: Duration = .seconds(5)) throws {
        guard cluster.hasTransactions else { return }
        let admin = try Admin(settings: cluster.controlSettings(for: "takeover"))
        defer { admin.close(within: .seconds(1)) }
        let partitions = arrows.map { TopicPartition($0.topic(of: cluster.pipeline), 0) }
        let written = try admin.watermarks(partitions, isolation: .readUncommitted).mapValues(\.high)
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            let stable = try admin.watermarks(partitions).mapValues(\.high)
            if written.allSatisfy({ stable[$0.key] ?? 0 >= $0.value }) { return }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
}
