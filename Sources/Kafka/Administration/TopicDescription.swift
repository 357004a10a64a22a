/// A topic as the cluster describes it.
public struct TopicDescription: Sendable, Hashable {
    public let name: String
    public let partitionCount: Int
    /// Of the first partition.
    public let replicationFactor: Int
    /// Partitions that have no leader at the moment, and so can be neither read nor written.
    public let leaderlessPartitions: [Int32]
}

/// A topic to create.
public struct NewTopic: Sendable, Hashable {
    public var name: String
    public var partitions: Int
    /// nil for the cluster's default.
    public var replicationFactor: Int?
    /// Topic properties by Kafka's names, `cleanup.policy` say.
    public var configuration: [String: String]

    public init(
        _ name: String, partitions: Int, replicationFactor: Int? = nil, configuration: [String: String] = [:]
    ) {
        self.name = name
        self.partitions = partitions
        self.replicationFactor = replicationFactor
        self.configuration = configuration
    }
}

/// A topic's properties in force.
public struct TopicConfiguration: Sendable, Hashable {
    /// All of them, by Kafka's names.
    public let values: [String: String]

    public var isCompacted: Bool { values["cleanup.policy"]?.contains("compact") ?? false }

    /// How long messages are kept; nil if for ever, or until they are compacted.
    public var retention: Duration? {
        guard values["cleanup.policy"]?.contains("delete") ?? true else { return nil }
        guard let milliseconds = values["retention.ms"].flatMap(Int64.init), milliseconds >= 0 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// Bytes kept of a partition; nil if there is no such limit.
    public var retentionBytes: Int64? {
        guard let bytes = values["retention.bytes"].flatMap(Int64.init), bytes >= 0 else { return nil }
        return bytes
    }
}
