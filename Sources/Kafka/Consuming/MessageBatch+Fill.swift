internal import Crdkafka

extension MessageBatch {
    /// Turns the first `received` messages, as the library returned them, into columns. What is not a message becomes
    /// an event; what was delivered before, or belongs to a partition given up meanwhile, is destroyed.
    func fill(received: Int, table: inout PartitionTable, revoked: Set<TopicPartition>) {
        var kept = 0
        var bytes = 0
        var isGrouped = true
        var current = -1
        var currentTopic: OpaquePointer?
        var currentPartition: Int32 = -1
        var nextOffset = Int64.min
        var dropsCurrent = false
        var runStart = 0

        for position in 0..<received {
            let pointer = messages[position]!
            let error = pointer.pointee.err
            guard error == RD_KAFKA_RESP_ERR_NO_ERROR else {
                note(pointer, revoked: revoked)
                rd_kafka_message_destroy(pointer)
                continue
            }
            let topic = pointer.pointee.rkt
            let partition = pointer.pointee.partition
            if partition != currentPartition || topic != currentTopic {
                if current >= 0 {
                    table.setNextOffset(nextOffset, at: current)
                    closeRun(current, runStart..<kept, table.entries[current].partition, &isGrouped)
                }
                current = table.index(topic: topic, partition: partition)
                currentTopic = topic
                currentPartition = partition
                nextOffset = table.entries[current].nextOffset
                dropsCurrent = !revoked.isEmpty && revoked.contains(table.entries[current].partition)
                runStart = kept
            }
            let offset = pointer.pointee.offset
            guard offset >= nextOffset, !dropsCurrent else {
                rd_kafka_message_destroy(pointer)
                continue
            }
            nextOffset = offset + 1
            messages[kept] = pointer
            bytes += setColumns(kept, pointer)
            kept += 1
        }
        if current >= 0 {
            table.setNextOffset(nextOffset, at: current)
            closeRun(current, runStart..<kept, table.entries[current].partition, &isGrouped)
        }
        count = kept
        payloadBytes = bytes
        if !isGrouped { regroup(table) }
    }

    @inline(__always)
    private func setColumns(_ position: Int, _ pointer: UnsafeMutablePointer<rd_kafka_message_t>) -> Int {
        let value = UnsafeRawBufferPointer(start: pointer.pointee.payload, count: pointer.pointee.len)
        let key = UnsafeRawBufferPointer(start: pointer.pointee.key, count: pointer.pointee.key_len)
        offsets[position] = pointer.pointee.offset
        values[position] = value
        keys[position] = key
        return value.count + key.count
    }

    private func closeRun(
        _ index: Int, _ range: Range<Int>, _ partition: TopicPartition, _ isGrouped: inout Bool
    ) {
        guard !range.isEmpty else { return }
        if groups.contains(where: { $0.index == index }) { isGrouped = false }
        groups.append(Group(partition: partition, index: index, range: range))
    }

    /// Brings every partition's messages together, by a stable counting sort. Fetch responses alternate between
    /// partitions, so that a batch has a few long runs, not many short ones.
    private func regroup(_ table: PartitionTable) {
        var order: [Int] = []
        var sizes = [Int](repeating: 0, count: table.entries.count)
        for group in groups {
            if sizes[group.index] == 0 { order.append(group.index) }
            sizes[group.index] += group.range.count
        }
        var next = [Int](repeating: 0, count: sizes.count)
        var start = 0
        let runs = groups
        groups.removeAll(keepingCapacity: true)
        for index in order {
            let range = start..<(start + sizes[index])
            next[index] = start
            start = range.upperBound
            groups.append(Group(partition: table.entries[index].partition, index: index, range: range))
        }
        let arrived = UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>.allocate(capacity: count)
        defer { arrived.deallocate() }
        _ = arrived.initialize(from: UnsafeBufferPointer(start: messages, count: count))
        for run in runs {
            for position in run.range {
                let pointer = arrived[position]!
                messages[next[run.index]] = pointer
                _ = setColumns(next[run.index], pointer)
                next[run.index] += 1
            }
        }
    }

    private func note(_ message: UnsafeMutablePointer<rd_kafka_message_t>, revoked: Set<TopicPartition>) {
        let code = message.pointee.err
        guard let topic = message.pointee.rkt else { return events.append(.clientFailed(error(message))) }
        let name = String(cString: rd_kafka_topic_name(topic))
        guard message.pointee.partition >= 0 else { return events.append(.topicFailed(name, error(message))) }
        let partition = TopicPartition(name, message.pointee.partition)
        guard !revoked.contains(partition) else { return }
        if code == RD_KAFKA_RESP_ERR__PARTITION_EOF {
            events.append(.endOfPartition(partition, offset: message.pointee.offset))
        } else {
            events.append(.partitionFailed(partition, error(message)))
        }
    }

    private func error(_ message: UnsafeMutablePointer<rd_kafka_message_t>) -> KafkaError {
        let text = rd_kafka_message_errstr(message).map { String(cString: $0) } ?? ""
        return KafkaError(code: KafkaError.Code(message.pointee.err), message: text)
    }
}
