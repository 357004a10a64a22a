/// A consumer group as its coordinator describes it.
public struct GroupDescription: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let id: String
        public let clientID: String
        public let host: String
        public let partitions: [TopicPartition]
    }

    public let group: String
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead` or `Unknown`.
    public let state: String
    public let assignor: String
    public let members: [Member]
}

/// A group in a list.
public struct GroupListing: Sendable, Hashable {
    public let group: String
    public let state: String
}
