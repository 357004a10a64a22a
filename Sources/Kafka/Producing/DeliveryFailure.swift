/// A message that a broker has not acknowledged.
public struct DeliveryFailure: Error, Sendable, Equatable {
    public let partition: TopicPartition
    /// The token given to `send`; 0 if none was.
    public let token: Int
    public let error: KafkaError
    /// The broker may have it all the same: the acknowledgement is what is missing.
    public let isPossiblyPersisted: Bool
}

/// Where a message sent with a token has been written.
public struct Delivery: Sendable, Hashable {
    public let token: Int
    public let partition: TopicPartition
    public let offset: Int64

    public init(token: Int, partition: TopicPartition, offset: Int64) {
        self.token = token
        self.partition = partition
        self.offset = offset
    }
}

/// What became of the messages sent since the last report was taken.
public struct DeliveryReport: Sendable {
    /// Messages acknowledged by the brokers.
    public internal(set) var deliveredCount = 0
    /// Those of them that were sent with a token.
    public internal(set) var deliveries: [Delivery] = []
    /// Messages that failed for good, at most a thousand of them, with the true number in `failedCount`.
    public internal(set) var failures: [DeliveryFailure] = []
    public internal(set) var failedCount = 0

    public init() {}

    /// Throws the first failure, if there is one.
    public func check() throws {
        guard let first = failures.first else { return }
        throw first.error.whileDoing("\(failedCount) message(s) not delivered, the first to \(first.partition)")
    }
}
