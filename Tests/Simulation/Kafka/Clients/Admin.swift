import World

/// Questions and orders to the modelled cluster.
public final class Admin: @unchecked Sendable {
    let settings: ClientSettings
    private var broker: Broker { .current }

    public init(settings: ClientSettings) throws { self.settings = settings }

    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool { true }

    public func createTopics(_ topics: [NewTopic], timeout: Duration = .seconds(30)) throws -> [String] {
        guard !topics.isEmpty else { return [] }
        try broker.request("creating topics", within: timeout)
        let created = topics.filter { broker.topics[$0.name] == nil }
        for topic in created { broker.createTopic(topic.name, partitions: topic.partitions) }
        return created.map(\.name)
    }

    public func listTopics(timeout: Duration = .seconds(10)) throws -> [TopicDescription] {
        try broker.request("listing topics", within: timeout)
        return broker.topics.sorted { $0.key < $1.key }.map {
            TopicDescription(
                name: $0.key, partitionCount: $0.value.count, replicationFactor: 1, leaderlessPartitions: [])
        }
    }

    public func describeTopics(_ names: [String], timeout: Duration = .seconds(10)) throws -> [TopicDescription] {
        try listTopics(timeout: timeout).filter { names.contains($0.name) }
    }

    public func describeTopic(_ name: String, timeout: Duration = .seconds(10)) throws -> TopicDescription {
        guard let topic = try describeTopics([name], timeout: timeout).first else {
            throw KafkaError(
                code: .unknownTopicOrPartition, message: "there is no topic \(name)", isRetriable: false)
        }
        return topic
    }

    public func topicConfiguration(_ topic: String, timeout: Duration = .seconds(10)) throws -> TopicConfiguration {
        TopicConfiguration(values: [:])
    }

    public func committedOffsets(
        of group: String, partitions: [TopicPartition], timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: CommittedOffset] {
        try broker.stableOffsets(of: group, partitions)
    }

    public func watermarks(
        _ partitions: [TopicPartition], isolation: ClientSettings.Isolation = .readCommitted,
        timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Watermarks] {
        try broker.request("asking for watermarks", within: timeout)
        var marks: [TopicPartition: Watermarks] = [:]
        for partition in partitions {
            let log = try broker.log(partition)
            marks[partition] = Watermarks(low: log.low, high: log.end(isolation))
        }
        return marks
    }

    public func offsets(
        _ partitions: [TopicPartition], atMilliseconds time: Int64, timeout: Duration = .seconds(10)
    ) throws -> [TopicPartition: Int64] {
        try broker.request("asking for offsets", within: timeout)
        var found: [TopicPartition: Int64] = [:]
        for partition in partitions {
            let log = try broker.log(partition)
            let index = log.entries.indices.first {
                Int64($0) >= log.low && log.entries[$0].record.map { $0.timestampMilliseconds >= time } ?? false
            }
            found[partition] = index.map(Int64.init) ?? log.high
        }
        return found
    }
}
