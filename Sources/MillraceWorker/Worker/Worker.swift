import Foundation
import Kafka
public import Millrace

/// One process of a pipeline: the roles it was told to run, each on a thread of its own.
public final class Worker {
    public struct Options: Sendable {
        public var roles: Set<Role> = Set(Role.allCases)
        /// Stable over restarts of this process, different from other processes of the pipeline.
        public var instance = "0"
        /// Partitions of each source topic of the embedded broker.
        public var embeddedPartitions = 4
        /// Of this program; lineage names it.
        public var version = "unknown"
        public init() {}
    }

    let pipeline: Pipeline
    let options: Options
    let log: Log
    /// What the role `observe` sees, when this process runs it.
    public let board = ObservationBoard()
    /// What its roles do.
    public let status: StatusFile
    private var embedded: EmbeddedCluster?

    public init(pipeline: Pipeline, options: Options = Options(), log: Log) {
        self.pipeline = pipeline
        self.options = options
        self.log = log
        status = StatusFile(pipeline: pipeline, instance: options.instance)
    }

    /// Runs until the signal is set; then every role finishes what it has in hand, and all are ended within ten
    /// seconds.
    /// - Throws: what keeps the worker from starting at all: `FileError`, `WorkerError`.
    public func run(until stop: StopSignal) throws {
        let lock = try FolderLock(
            folder: pipeline.folder, instance: options.instance, pipeline: pipeline.name)
        defer { lock.release() }
        try startEmbeddedBroker()
        defer { stopEmbeddedBroker() }

        var cluster = Cluster(pipeline, address: embedded?.brokers, log: log)
        let tracer = Tracer(pipeline: pipeline, instance: options.instance, version: options.version, log: log)
        defer { tracer?.close() }
        cluster.tracer = tracer
        guard try TopicSetup(pipeline: pipeline, cluster: cluster, log: log).await(stop: stop) else { return }

        let services = options.roles.sorted { $0.rawValue < $1.rawValue }.map { role in
            makeService(role, cluster: cluster, stop: stop)
        }
        log.info(
            "worker", "started",
            ["pipeline": pipeline.name, "roles": services.map(\.health.current.role.rawValue).joined(separator: " ")])
        let running = services.map(RunningService.init)
        let process = ProcessIdentity.current
        while !stop.isSet {
            try? status.write(
                .init(
                    process: process.number, start: process.start, instance: options.instance, updated: .now,
                    roles: services.map(\.health.current),
                    ingest: services.lazy.compactMap { ($0 as? IngestService)?.status }.first,
                    droppedSpans: tracer?.dropped))
            let end = ContinuousClock.now + .seconds(1)
            while !stop.isSet, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.05) }
        }
        log.info("worker", "stopping")
        let deadline = ContinuousClock.now + .seconds(9)
        for service in running where !service.wait(until: deadline) {
            log.error("worker", "a role did not stop in time", ["role": service.role.rawValue])
        }
        status.remove()
        log.info("worker", "stopped")
    }

    private func startEmbeddedBroker() throws {
        guard pipeline.kafka.isEmbedded else { return }
        let cluster = try EmbeddedCluster()
        embedded = cluster
        for topic in pipeline.sourceTopics {
            try cluster.createTopic(topic, partitions: options.embeddedPartitions)
        }
        for arrow in Arrow.allCases { try cluster.createTopic(arrow.topic(of: pipeline.name), partitions: 1) }
        try EmbeddedAddress.write(cluster.brokers, folder: pipeline.folder)
        log.info(
            "worker", "embedded broker started: for trials; what it holds ends with this process",
            ["address": cluster.brokers])
    }

    private func stopEmbeddedBroker() {
        guard let embedded else { return }
        EmbeddedAddress.remove(folder: pipeline.folder)
        embedded.close()
    }
}
