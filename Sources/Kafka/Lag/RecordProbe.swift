/// Looks at single records, wherever they are: the first one at or after an offset, of many partitions at once.
///
/// Offsets alone mislead: a transaction's marker at a partition's end leaves a lag of one that nobody can ever read, and
/// says nothing of time. Blocking; one thread uses a probe. `close` when done.
public final class RecordProbe {
    /// What a look found.
    public enum Finding: Sendable, Equatable {
        /// - Parameters:
        ///   - timestampMilliseconds: since 1970; nil if it has none.
        ///   - isAppendTime: given by the broker when it was appended, rather than by the producer.
        case record(timestampMilliseconds: Int64?, isAppendTime: Bool)
        /// Nothing that can be read up to the partition's end.
        case nothing(end: Int64)
        case failed(KafkaError)
    }

    private let consumer: Consumer
    private let batch = MessageBatch(capacity: 200)

    public init(settings: ClientSettings) throws {
        var small = settings
        small.isolation = .readCommitted
        small.clientID += ".probe"
        // One record of each partition is wanted.
        small.fetchBytes = 4 << 10
        small.queuedKibibytes = 1024
        small.fetchWait = .milliseconds(20)
        consumer = try Consumer(settings: small)
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool { consumer.close(within: deadline) }

    /// Looks at one offset of each partition.
    ///
    /// - Returns: what was found in time; the rest is not in the answer.
    public func look(
        at offsets: [TopicPartition: Int64], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Finding] {
        guard !offsets.isEmpty else { return [:] }
        let deadline = ContinuousClock.now + timeout
        try consumer.assign(offsets.sorted { $0.key < $1.key }.map { PartitionStart($0.key, .offset($0.value)) })
        defer {
            batch.release()
            try? consumer.assign([])
        }
        var found: [TopicPartition: Finding] = [:]
        while found.count < offsets.count, ContinuousClock.now < deadline {
            try consumer.poll(into: batch, timeout: min(.milliseconds(200), deadline - .now))
            for group in batch.groups where found[group.partition] == nil {
                let (timestamp, isAppendTime) = batch.timestamp(at: group.range.lowerBound)
                found[group.partition] = .record(timestampMilliseconds: timestamp, isAppendTime: isAppendTime)
            }
            for event in batch.events {
                switch event {
                case .endOfPartition(let partition, let end):
                    if found[partition] == nil { found[partition] = .nothing(end: end) }
                case .partitionFailed(let partition, let error):
                    if !error.isRetriable, found[partition] == nil { found[partition] = .failed(error) }
                case .topicFailed, .clientFailed: break
                }
            }
            try consumer.pause(batch.groups.map(\.partition))
        }
        return found
    }
}
