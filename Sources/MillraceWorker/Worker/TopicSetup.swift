import Foundation
import Kafka
import Millrace

/// Waits for the brokers and for the source topics, and makes the control topics that are missing.
struct TopicSetup {
    var pipeline: Pipeline
    var cluster: Cluster
    var log: Log

    /// - Returns: false when the stop signal came first.
    func await(stop: StopSignal) -> Bool {
        var failures = 0
        var lastTrouble = ""
        while !stop.isSet {
            do {
                let missing = try prepare()
                if missing.isEmpty { return true }
                say("waiting for source topics: create them, or produce to them", missing.joined(separator: ", "))
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

    /// - Returns: source topics that do not exist yet.
    private func prepare() throws -> [String] {
        let admin = try Admin(settings: cluster.settings(for: "setup"))
        defer { admin.close() }
        let existing = Set(try admin.listTopics(timeout: .seconds(5)).map(\.name))
        let wanted = Arrow.allCases.map { NewTopic(arrow: $0, pipeline: pipeline) }.filter {
            !existing.contains($0.name)
        }
        let created = try admin.createTopics(wanted)
        if !created.isEmpty { log.info("worker", "created control topics", ["topics": created.joined(separator: " ")]) }
        return (pipeline.events.topics + (pipeline.labels?.topics ?? [])).filter { !existing.contains($0) }
    }
}

extension NewTopic {
    /// Control topics have one partition, so that a pipeline's messages of an arrow stay in order, and are kept for
    /// ever: they are small, and they are the truth. `aliases` is compacted; dead letters expire.
    init(arrow: Arrow, pipeline: Pipeline) {
        var configuration = ["cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"]
        switch arrow {
        case .aliases: configuration = ["cleanup.policy": "compact"]
        case .deadLetters: configuration["retention.ms"] = String(pipeline.retention.deadLetters.microseconds / 1000)
        default: break
        }
        self.init(
            arrow.topic(of: pipeline.name), partitions: 1, replicationFactor: pipeline.kafka.replicationFactor,
            configuration: configuration)
    }
}
