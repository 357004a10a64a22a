internal import Crdkafka

extension Consumer {
    /// Reads these partitions from these positions, without a group; replaces what was assigned before.
    public func assign(_ starts: [PartitionStart]) throws {
        context.unpause(pointer, Array(context.paused))
        let list = TopicPartitionList(starts)
        try KafkaError.check(rd_kafka_assign(pointer, list.pointer), "assigning \(starts.map(\.partition))")
        context.assignment = Set(starts.map(\.partition))
        for start in starts { table.expect(start.partition) }
    }

    /// The partitions being read.
    public var assignment: [TopicPartition] { context.assignment.sorted() }

    /// The group's metadata as of the present assignment; nil before the first.
    public var groupMetadata: GroupMetadata? { context.metadata }

    /// The member's id in its group; nil before it has joined.
    public var memberID: String? {
        guard let text = rd_kafka_memberid(pointer) else { return nil }
        defer { rd_kafka_mem_free(pointer, text) }
        return text.pointee == 0 ? nil : String(cString: text)
    }

    /// Partitions paused by `pause` and not resumed since.
    public var paused: Set<TopicPartition> { context.paused }

    /// Stops fetching some of the assigned partitions; others are ignored.
    public func pause(_ partitions: some Sequence<TopicPartition>) throws {
        let fresh = partitions.filter { context.assignment.contains($0) && !context.paused.contains($0) }
        guard !fresh.isEmpty else { return }
        let list = TopicPartitionList(fresh)
        try KafkaError.check(rd_kafka_pause_partitions(pointer, list.pointer), "pausing \(fresh)")
        context.paused.formUnion(fresh)
    }

    /// Goes on with paused partitions; others are ignored.
    public func resume(_ partitions: some Sequence<TopicPartition>) throws {
        let stopped = partitions.filter { context.paused.contains($0) }
        guard !stopped.isEmpty else { return }
        let list = TopicPartitionList(stopped)
        try KafkaError.check(rd_kafka_resume_partitions(pointer, list.pointer), "resuming \(stopped)")
        context.paused.subtract(stopped)
    }

    /// Reads an assigned partition on from another position.
    public func seek(_ partition: TopicPartition, to position: StartPosition, timeout: Duration = .seconds(10)) throws {
        let list = TopicPartitionList([PartitionStart(partition, position)])
        try KafkaError.check(
            rd_kafka_seek_partitions(pointer, list.pointer, Int32(timeout.wholeMilliseconds)),
            "seeking \(partition) to \(position)")
        for entry in list.entries { try KafkaError.check(entry.error, "seeking \(partition) to \(position)") }
        if case .offset(let offset) = position {
            table.expect(partition, from: offset)
        } else {
            table.expect(partition)
        }
    }

    /// The offset after the last message taken from a partition; nil if none has been since it was assigned.
    public func position(_ partition: TopicPartition) -> Int64? {
        let offset = table.entries[table.index(of: partition)].nextOffset
        return offset == .min ? nil : offset
    }
}
