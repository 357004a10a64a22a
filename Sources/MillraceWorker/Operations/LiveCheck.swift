import Kafka
import Millrace

/// Something that the brokers say about a pipeline before it runs.
public struct LiveFinding: Sendable, Equatable {
    public enum Severity: String, Sendable {
        /// The pipeline cannot be right with this.
        case fault
        case warning
        case fact
    }

    public var severity: Severity
    public var message: String

    public init(_ severity: Severity, _ message: String) {
        self.severity = severity
        self.message = message
    }
}

/// Asks the brokers whether they can serve a pipeline: are its topics there, do they keep what will be read again?
public struct LiveCheck {
    private let connection: PipelineConnection
    private var pipeline: Pipeline { connection.pipeline }

    public init(connection: PipelineConnection) { self.connection = connection }

    public func findings() throws -> [LiveFinding] {
        let topics = try connection.admin.listTopics()
        let known = Dictionary(uniqueKeysWithValues: topics.map { ($0.name, $0) })
        var findings: [LiveFinding] = []
        for name in connection.pipeline.sourceTopics {
            guard let topic = known[name] else {
                findings.append(
                    .init(.fault, "topic \(name): expected on \(connection.cluster.brokers), not found; create it"))
                continue
            }
            findings.append(.init(.fact, "topic \(name): \(topic.partitionCount) partitions"))
            if !topic.leaderlessPartitions.isEmpty {
                findings.append(
                    .init(.warning, "topic \(name): no leader for partitions \(topic.leaderlessPartitions)"))
            }
            findings += try retention(of: name)
        }
        for arrow in Arrow.allCases {
            guard let topic = known[arrow.topic(of: pipeline.name)], topic.partitionCount != 1 else { continue }
            findings.append(
                .init(
                    .fault,
                    "topic \(topic.name): expected 1 partition, found \(topic.partitionCount); messages would lose their order"
                ))
        }
        return findings
    }

    /// What is compacted cannot be replayed; what is deleted too early cannot be learned from again.
    private func retention(of topic: String) throws -> [LiveFinding] {
        let configuration: TopicConfiguration
        do {
            configuration = try connection.admin.topicConfiguration(topic)
        } catch let error as KafkaError where error.code == .unsupportedFeature || connection.cluster.isEmbedded {
            return []
        }
        if configuration.isCompacted {
            return [
                .init(
                    .fault,
                    "topic \(topic): cleanup.policy is compact, expected delete: compaction removes events, and a window "
                        + "read again would differ from what was sealed")
            ]
        }
        let reach = pipeline.features.map(\.reach).max() ?? .zero
        let training = pipeline.training
        let needed =
            (training.warmUp ?? reach) + training.span + training.holdout
            + (training.gap ?? pipeline.labels?.maturity ?? .zero)
        guard let kept = configuration.retention, kept < needed else { return [] }
        return [
            .init(
                .warning,
                "topic \(topic): keeps \(DurationText.format(kept)), shorter than the \(DurationText.format(needed)) of "
                    + "warm-up, training, gap and holdout: state that is lost could not be made again from the log")
        ]
    }
}
