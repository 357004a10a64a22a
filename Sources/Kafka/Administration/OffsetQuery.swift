internal import Crdkafka

/// Questions about offsets, for many partitions at once.
///
/// The library's own watermark query goes partition by partition, and in 2.0.2 ignores its timeout; asking for the
/// "offsets for times" −1 (the end) and −2 (the beginning), which are what a broker is asked anyway, does neither.
struct OffsetQuery {
    let handle: OpaquePointer
    let timeout: Duration

    func watermarks(_ partitions: [TopicPartition]) throws -> [TopicPartition: Watermarks] {
        let low = try offsets(partitions.map { ($0, -2) }, "first offsets")
        let high = try offsets(partitions.map { ($0, -1) }, "end offsets")
        var table: [TopicPartition: Watermarks] = [:]
        for partition in partitions {
            guard let low = low[partition], let high = high[partition] else { continue }
            table[partition] = Watermarks(low: low, high: high)
        }
        return table
    }

    /// The answer for each partition and time (milliseconds since 1970, −1 or −2). A time after the last message is
    /// answered with the end.
    func offsets(_ times: [(TopicPartition, Int64)], _ what: String) throws -> [TopicPartition: Int64] {
        guard !times.isEmpty else { return [:] }
        let list = TopicPartitionList()
        for (partition, time) in times { list.add(partition, offset: time) }
        try KafkaError.check(
            rd_kafka_offsets_for_times(handle, list.pointer, Int32(timeout.wholeMilliseconds)), "asking for \(what)")
        var table: [TopicPartition: Int64] = [:]
        for entry in list.entries {
            try KafkaError.check(entry.error, "asking for \(what) of \(entry.partition)")
            table[entry.partition] = entry.offset
        }
        return table
    }
}
