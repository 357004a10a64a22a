import Foundation
import Kafka
import Millrace

/// Waits for the brokers and for the source topics, and makes the control topics that are missing.
struct TopicSetup {
    var pipeline: Pipeline
    var cluster: Cluster
    var log: Log

    /// - Returns: false when the stop signal came first.
    /// - Throws: `WorkerError` for a control topic that no waiting will make right.
    func await(stop: StopSignal) throws -> Bool {
        var failures = 0
        var lastTrouble = ""
        while !stop.isSet {
            do {
                let missing = try prepare()
                if missing.isEmpty { return true }
                say("waiting for source topics: create them, or produce to them", missing.joined(separator: ", "))
            } catch let error as WorkerError {
                throw error
            } catch {
                say("waiting for the broker", "\(cluster.brokers): \(error)")
            }
            failures += 1
            let end = ContinuousClock.now + min(.seconds(10), ControlLoop.backoff(failures))
            while !stop.isSet, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
        }
        return false

        func say(_ message: String, _ detail: String) {
            guard detail != lastTrouble else { return }
            lastTrouble = detail
            log.warning("worker", message, ["detail": detail])
        }
    }

    /// Roles read the first partition of a control topic alone: what somebody wrote into another would never be seen.
    private func refuseDivided(_ topics: [TopicDescription]) throws {
        let own = Set(Arrow.allCases.map { $0.topic(of: pipeline.name) })
        for topic in topics where own.contains(topic.name) && topic.partitionCount > 1 {
            throw WorkerError(
                .invalidTopic,
                "expected 1 partition of the control topic \(topic.name), found \(topic.partitionCount): its messages "
                    + "would lose their order; delete it if it is empty ('millrace run' makes it again, with 1), "
                    + "or give the pipeline another name")
        }
    }

    /// A message that is sent and refused for its size would be sent again for ever.
    private func refuseSmall(_ topics: [TopicDescription], _ admin: Admin) throws {
        guard !cluster.isEmbedded else { return }
        let own = Set(Arrow.allCases.map { $0.topic(of: pipeline.name) })
        for topic in topics where own.contains(topic.name) {
            let values: [String: String]
            do {
                values = try admin.topicConfiguration(topic.name).values
            } catch let error as KafkaError where error.isRetriable {
                // A broker that is just going answers for none of them, and the worker is not to wait for each.
                return
            } catch {
                // Who may not ask has to find out.
                continue
            }
            guard let text = values["max.message.bytes"], let bytes = Int(text), bytes < NewTopic.messageBytes else {
                continue
            }
            throw WorkerError(
                .invalidTopic,
                "the control topic \(topic.name) takes messages of \(bytes) bytes at most, and larger ones are sent: "
                    + "kafka-configs.sh --alter --entity-type topics --entity-name \(topic.name) --add-config "
                    + "max.message.bytes=\(NewTopic.messageBytes)")
        }
    }

    /// - Returns: source topics that do not exist yet.
    private func prepare() throws -> [String] {
        let admin = try Admin(settings: cluster.settings(for: "setup"))
        defer { admin.close() }
        let topics = try admin.listTopics(timeout: .seconds(5))
        try refuseDivided(topics)
        try refuseSmall(topics, admin)
        let existing = Set(topics.map(\.name))
        let wanted = Arrow.allCases.map { NewTopic(arrow: $0, pipeline: pipeline) }.filter {
            !existing.contains($0.name)
        }
        let created = try admin.createTopics(wanted)
        if !created.isEmpty { log.info("worker", "created control topics", ["topics": created.joined(separator: " ")]) }
        return pipeline.sourceTopics.filter { !existing.contains($0) }
    }
}

extension NewTopic {
    /// Kafka's own limit: with a lower one large dead letters and seals would be refused for ever.
    static let messageBytes = 1_048_588

    /// Control topics have one partition, so that a pipeline's messages of an arrow stay in order, and are kept for
    /// ever: they are small, and they are the truth. `aliases` is compacted; dead letters expire.
    init(arrow: Arrow, pipeline: Pipeline) {
        // The cluster's own limit may be lower.
        let size = ["max.message.bytes": "\(Self.messageBytes)"]
        var configuration = ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"]
        switch arrow {
        case .aliases: configuration = ["cleanup.policy": "compact"]
        case .deadLetters: configuration["retention.ms"] = String(pipeline.retention.deadLetters.microseconds / 1000)
        default: break
        }
        self.init(
            arrow.topic(of: pipeline.name), partitions: 1, replicationFactor: pipeline.kafka.replicationFactor,
            configuration: configuration.merging(size) { $1 })
    }
}
