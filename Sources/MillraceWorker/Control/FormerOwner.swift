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

    /// All that was written to the topics by now can be seen.
    ///
    /// A transaction's markers reach the group's offsets and the outputs one after the other, within moments. For what
    /// the role itself has decided that is not enough: it may lie behind the open transaction of an owner before the
    /// last, which stands still; that one ends with its timeout. What is not seen would be decided again, and otherwise.
    /// Other roles' topics may have a transaction open for longer, and are read on as inputs.
    func awaitMarkers(of arrows: [Arrow], output: Arrow) throws {
        guard cluster.hasTransactions else { return }
        let admin = try Admin(settings: cluster.controlSettings(for: "takeover"))
        defer { admin.close(within: .seconds(1)) }
        let partitions = arrows.map { TopicPartition($0.topic(of: cluster.pipeline), 0) }
        let decided = TopicPartition(output.topic(of: cluster.pipeline), 0)
        let written = try admin.watermarks(partitions, isolation: .readUncommitted).mapValues(\.high)
        let begin = ContinuousClock.now
        while true {
            let stable = try admin.watermarks(partitions).mapValues(\.high)
            let hidden = Set(written.filter { stable[$0.key] ?? 0 < $0.value }.keys)
            let waited = begin.duration(to: .now)
            if hidden.isEmpty || !hidden.contains(decided) && waited > .seconds(5) { return }
            if waited > .seconds(90) {
                throw WorkerError(
                    .unreachable,
                    "expected the transaction that a former owner left open in \(decided.topic) to end, found it open "
                        + "after 90 seconds: 'kafka-transactions.sh describe-producers' names it, and 'abort' ends it")
            }
            Thread.sleep(forTimeInterval: waited > .seconds(1) ? 0.2 : 0.02)
        }
    }
}
