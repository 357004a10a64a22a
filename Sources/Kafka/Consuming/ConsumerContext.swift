internal import Crdkafka

/// What a consumer's rebalance callback finds. Touched by the consumer's thread alone, inside its polls.
final class ConsumerContext: HandleContext {
    var handler: (any RebalanceHandler)?
    /// The group's metadata at the present assignment.
    var metadata: GroupMetadata?
    var assignment: Set<TopicPartition> = []
    /// Asked to pause; the library of 2.0.2 fetches old data again when a partition is resumed that was not paused.
    var paused: Set<TopicPartition> = []
    /// Since the present poll began.
    var revokedInPoll: Set<TopicPartition> = []
    var assignedInPoll: [PartitionStart] = []
    var failure: (any Error)?

    func rebalance(
        _ handle: OpaquePointer, _ code: rd_kafka_resp_err_t,
        _ list: UnsafeMutablePointer<rd_kafka_topic_partition_list_t>
    ) {
        let partitions = TopicPartitionList.partitions(of: list)
        let isIncremental = rd_kafka_rebalance_protocol(handle).map { String(cString: $0) } == "COOPERATIVE"
        if code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            assign(handle, partitions, isIncremental: isIncremental)
        } else {
            let lost = rd_kafka_assignment_lost(handle) != 0
            revokedInPoll.formUnion(partitions)
            handler?.revoked(partitions, lost: lost)
            unpause(handle, partitions)
            if isIncremental {
                note(rd_kafka_incremental_unassign(handle, list), "giving up \(partitions)")
            } else {
                note(rd_kafka_assign(handle, nil), "giving up \(partitions)")
            }
            assignment.subtract(partitions)
        }
        // What was polled before and what comes after must not end in one batch.
        rd_kafka_yield(handle)
    }

    private func assign(_ handle: OpaquePointer, _ partitions: [TopicPartition], isIncremental: Bool) {
        metadata = GroupMetadata(of: handle)
        var starts: [TopicPartition: StartPosition] = [:]
        var accepted = partitions
        if let handler, let metadata {
            do {
                for start in try handler.assigned(partitions, metadata: metadata) {
                    starts[start.partition] = start.position
                }
            } catch {
                failure = error
                accepted = []
            }
        }
        let positions = accepted.map { PartitionStart($0, starts[$0] ?? .committed) }
        let list = TopicPartitionList(positions)
        if isIncremental {
            note(rd_kafka_incremental_assign(handle, list.pointer), "taking over \(partitions)")
            assignment.formUnion(accepted)
        } else {
            note(rd_kafka_assign(handle, list.pointer), "taking over \(partitions)")
            assignment = Set(accepted)
        }
        assignedInPoll += positions
    }

    /// The library keeps a partition paused through unassignment: back again, it would be silent for ever.
    func unpause(_ handle: OpaquePointer, _ partitions: [TopicPartition]) {
        let stopped = partitions.filter(paused.contains)
        guard !stopped.isEmpty else { return }
        let list = TopicPartitionList(stopped)
        note(rd_kafka_resume_partitions(handle, list.pointer), "resuming \(stopped) before giving them up")
        paused.subtract(stopped)
    }

    private func note(_ error: OpaquePointer?, _ action: @autoclosure () -> String) {
        guard let error else { return }
        failure = failure ?? KafkaError(consuming: error, action())
    }

    private func note(_ code: rd_kafka_resp_err_t, _ action: @autoclosure () -> String) {
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
        failure = failure ?? KafkaError(code, action())
    }
}
