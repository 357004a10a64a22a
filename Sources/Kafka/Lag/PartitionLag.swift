/// How far a group is behind in one partition.
public struct PartitionLag: Sendable, Hashable {
    /// How far behind in time, or why that is not known.
    public enum Age: Sendable, Hashable {
        /// Between now and the timestamp of the first message not read.
        case known(Duration)
        case unknown(reason: String)

        public var duration: Duration? {
            if case .known(let duration) = self { duration } else { nil }
        }
    }

    public let partition: TopicPartition
    /// The group's next offset; nil if it has never committed.
    public let committed: Int64?
    /// The text committed with it.
    public let metadata: String
    /// The first offset still there.
    public let low: Int64
    /// The end for readers of committed messages: the last stable offset.
    public let end: Int64
    /// Offsets between the next one to read and the end: all there are if the group has never committed, 0 if nothing
    /// but markers of transactions is left.
    public let records: Int64
    public let age: Age
    /// The member that reads it.
    public let owner: GroupDescription.Member?

    public init(
        partition: TopicPartition, committed: Int64?, metadata: String = "", low: Int64, end: Int64, records: Int64,
        age: Age, owner: GroupDescription.Member? = nil
    ) {
        self.partition = partition
        self.committed = committed
        self.metadata = metadata
        self.low = low
        self.end = end
        self.records = records
        self.age = age
        self.owner = owner
    }

    public var hasCommitted: Bool { committed != nil }

    /// Offsets that the topic's retention has removed before the group read them.
    public var lostRecords: Int64 { committed.map { max(0, low - $0) } ?? 0 }
}

/// How far a group is behind.
public struct GroupLag: Sendable, Hashable {
    public let group: String
    /// The group's state, `Unknown` where the cluster does not say.
    public let state: String
    public let partitions: [PartitionLag]

    public init(group: String, state: String, partitions: [PartitionLag]) {
        self.group = group
        self.state = state
        self.partitions = partitions
    }

    public var records: Int64 { partitions.reduce(0) { $0 + $1.records } }

    /// The longest of the partitions' known ages.
    public var age: Duration? { partitions.compactMap(\.age.duration).max() }
}
