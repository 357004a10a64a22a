/// One partition of one topic.
public struct TopicPartition: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let topic: String
    public let partition: Int32

    public init(_ topic: String, _ partition: Int32) {
        self.topic = topic
        self.partition = partition
    }

    public var description: String { "\(topic)[\(partition)]" }

    public static func < (left: TopicPartition, right: TopicPartition) -> Bool {
        (left.topic, left.partition) < (right.topic, right.partition)
    }
}

/// Where to start reading a partition.
public enum StartPosition: Hashable, Sendable {
    /// The group's committed offset; a partition without one is an error event.
    case committed
    /// The first record still there.
    case beginning
    /// After the last record.
    case end
    case offset(Int64)
}

/// A partition and where to start reading it.
public struct PartitionStart: Hashable, Sendable {
    public var partition: TopicPartition
    public var position: StartPosition

    public init(_ partition: TopicPartition, _ position: StartPosition) {
        self.partition = partition
        self.position = position
    }
}

/// An offset to commit: the next one to read, with text that comes back with it.
///
/// Text only: librdkafka before 2.6.1 corrupts other bytes.
public struct CommittedOffset: Hashable, Sendable {
    public var partition: TopicPartition
    /// The offset of the next record to read.
    public var offset: Int64
    public var metadata: String

    public init(_ partition: TopicPartition, offset: Int64, metadata: String = "") {
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}

/// The first offset still there and the one after the last.
public struct Watermarks: Hashable, Sendable {
    public var low: Int64
    public var high: Int64

    public init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}
