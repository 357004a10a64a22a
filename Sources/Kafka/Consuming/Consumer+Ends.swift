internal import Crdkafka

extension Consumer {
    /// Asks the brokers for the first offset and the end of partitions: the last stable offset when reading committed
    /// messages only. Blocks; not for a thread that must poll.
    public func endOffsets(
        _ partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Watermarks] {
        try OffsetQuery(handle: pointer, timeout: timeout).watermarks(partitions)
    }
}
