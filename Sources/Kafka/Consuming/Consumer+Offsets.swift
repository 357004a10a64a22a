internal import Crdkafka

extension Consumer {
    /// Commits offsets, with their metadata, and waits for the broker's answer.
    public func commit(_ offsets: [CommittedOffset]) throws {
        guard !offsets.isEmpty else { return }
        let list = TopicPartitionList(offsets)
        try KafkaError.check(rd_kafka_commit(pointer, list.pointer, 0), "committing offsets of group \(group)")
        for entry in list.entries { try KafkaError.check(entry.error, "committing \(entry.partition)") }
    }

    /// The group's committed offsets. A partition that has never committed is not in the answer.
    public func committed(
        _ partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: CommittedOffset] {
        let list = TopicPartitionList(partitions)
        try KafkaError.check(
            rd_kafka_committed(pointer, list.pointer, Int32(timeout.wholeMilliseconds)),
            "reading the committed offsets of group \(group)")
        return try CommittedOffset.table(list.entries, of: group)
    }
}

extension CommittedOffset {
    static func table(
        _ entries: [TopicPartitionList.Entry], of group: String
    ) throws -> [TopicPartition: CommittedOffset] {
        var table: [TopicPartition: CommittedOffset] = [:]
        for entry in entries {
            try KafkaError.check(entry.error, "committed offset of group \(group) for \(entry.partition)")
            guard entry.offset >= 0 else { continue }
            table[entry.partition] = CommittedOffset(entry.partition, offset: entry.offset, metadata: entry.metadata)
        }
        return table
    }
}
