internal import Crdkafka

extension Admin {
    /// What any group has committed for partitions, with its metadata. A partition that has never committed is not in
    /// the answer.
    ///
    /// Asked with a handle that bears the group's name and never joins it: the library's own question about another
    /// group's offsets ends the process when the coordinator is moving or loading, in every version up to 2.15.
    public func committedOffsets(
        of group: String, partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: CommittedOffset] {
        guard !partitions.isEmpty else { return [:] }
        let end = ContinuousClock.now + timeout
        var found: [TopicPartition: CommittedOffset] = [:]
        found.reserveCapacity(partitions.count)
        try groups.withHandle(of: group, settings) { pointer in
            for first in stride(from: 0, to: partitions.count, by: Self.partitionsOfAQuestion) {
                let some = partitions[first..<min(first + Self.partitionsOfAQuestion, partitions.count)]
                let answer = try askingAgain(for: max(.zero, end - .now)) { left in
                    let list = TopicPartitionList(some)
                    try KafkaError.check(
                        rd_kafka_committed(pointer, list.pointer, Int32(left.wholeMilliseconds)),
                        "reading the committed offsets of group \(group)")
                    return try CommittedOffset.table(list.entries, of: group)
                }
                found.merge(answer) { $1 }
            }
        }
        return found
    }

    /// The library looks every partition of an answer up by going through the question, twice: of a thousand at once
    /// that is most of the work.
    private static let partitionsOfAQuestion = 100

    /// The first offset and the end of partitions; the end is the last stable offset for `readCommitted`, the high
    /// watermark otherwise.
    public func watermarks(
        _ partitions: [TopicPartition], isolation: ClientSettings.Isolation = .readCommitted,
        timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Watermarks] {
        let handle = try handle(isolation)
        defer { withExtendedLifetime(handle) {} }
        return try OffsetQuery(handle: handle.pointer, timeout: timeout).watermarks(partitions)
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
