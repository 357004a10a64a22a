internal import Crdkafka

extension Admin {
    /// What any group has committed, with its metadata. A partition that has never committed is not in the answer.
    ///
    /// - Parameter partitions: those to ask about; all the group has committed if nil.
    public func committedOffsets(
        of group: String, partitions: [TopicPartition]? = nil, timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: CommittedOffset] {
        if let partitions, partitions.isEmpty { return [:] }
        let list = TopicPartitionList(partitions ?? [])
        let what = rd_kafka_ListConsumerGroupOffsets_new(group, partitions == nil ? nil : list.pointer)!
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(what) }
        let action = "reading the committed offsets of group \(group)"
        return try request(RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, action, timeout: timeout) { options, queue in
            var whats: [OpaquePointer?] = [what]
            rd_kafka_ListConsumerGroupOffsets(pointer, &whats, 1, options, queue)
        } read: { event in
            var count = 0
            let results = rd_kafka_ListConsumerGroupOffsets_result_groups(
                rd_kafka_event_ListConsumerGroupOffsets_result(event), &count)
            guard count > 0, let result = results?[0] else { return [:] }
            if let error = rd_kafka_group_result_error(result) {
                let code = KafkaError.Code(rd_kafka_error_code(error))
                if code == .groupIDNotFound { return [:] }
                if code != .none {
                    throw KafkaError(code: code, message: "\(action): \(String(cString: rd_kafka_error_string(error)))")
                }
            }
            guard let answer = rd_kafka_group_result_partitions(result) else { return [:] }
            return try CommittedOffset.table(TopicPartitionList.entries(of: answer), of: group)
        }
    }

    /// The first offset and the end of partitions; the end is the last stable offset for `readCommitted`, the high
    /// watermark otherwise.
    public func watermarks(
        _ partitions: [TopicPartition], isolation: ClientSettings.Isolation = .readCommitted,
        timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Watermarks] {
        try OffsetQuery(handle: handle(isolation), timeout: timeout).watermarks(partitions)
    }

    /// The first offset of each partition whose timestamp is not before a time (milliseconds since 1970); the end where
    /// there is none.
    public func offsets(
        _ partitions: [TopicPartition], atMilliseconds time: Int64, timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Int64] {
        let query = OffsetQuery(handle: pointer, timeout: timeout)
        let found = try query.offsets(partitions.map { ($0, time) }, "offsets at \(time)")
        // A broker may say −1 for "after the last".
        let missing = found.filter { $0.value < 0 }.map(\.key)
        guard !missing.isEmpty else { return found }
        return found.merging(try query.offsets(missing.map { ($0, -1) }, "end offsets")) { _, end in end }
    }
}
