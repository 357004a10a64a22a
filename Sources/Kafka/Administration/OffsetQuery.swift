internal import Crdkafka
internal import Foundation

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
    ///
    /// The library hands a broker's answer that it leads a partition no longer on to the caller: it is asked again, with
    /// what it has learned meanwhile, until the time is up.
    func offsets(_ times: [(TopicPartition, Int64)], _ what: String) throws -> [TopicPartition: Int64] {
        guard !times.isEmpty else { return [:] }
        let end = ContinuousClock.now + timeout
        while true {
            do {
                return try ask(times, what, until: end)
            } catch let error as KafkaError where error.isRetriable && error.code != .localTimedOut {
                guard ContinuousClock.now + .milliseconds(200) < end else { throw error }
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private func ask(
        _ times: [(TopicPartition, Int64)], _ what: String, until end: ContinuousClock.Instant
    ) throws -> [TopicPartition: Int64] {
        let list = TopicPartitionList()
        for (partition, time) in times { list.add(partition, offset: time) }
        let left = max(.milliseconds(1), ContinuousClock.now.duration(to: end))
        try KafkaError.check(
            rd_kafka_offsets_for_times(handle, list.pointer, Int32(left.wholeMilliseconds)), "asking for \(what)")
        var table: [TopicPartition: Int64] = [:]
        for entry in list.entries {
            try KafkaError.check(entry.error, "asking for \(what) of \(entry.partition)")
            table[entry.partition] = entry.offset
        }
        return table
    }
}
