public import Foundation
public import Testing
import Synchronization

/// A real Apache Kafka broker on loopback, for tests: one node, free ports, a folder of its own.
///
/// Started from the distribution in `KAFKA_HOME`, the way a user would start it. It is stopped by process id, by `stop`
/// or when the test process ends; a small watching shell ends it should the tests be killed.
public final class KafkaServer: Sendable {
    /// Whether `KAFKA_HOME` names a distribution; tests that need a broker are enabled by it.
    public static var isAvailable: Bool { home != nil }

    /// Why tests are skipped where there is none.
    public static let skipReason: Comment = "needs a real Kafka: set KAFKA_HOME to a distribution (and have Java 17)"

    /// One broker for all tests of this process, started when it is first asked for.
    public static func shared() throws -> KafkaServer { try sharedServer.get() }

    private static let sharedServer = Result { try KafkaServer() }

    public let brokers: String
    public let directory: URL
    private let process: Running

    private static var home: URL? {
        guard let path = ProcessInfo.processInfo.environment["KAFKA_HOME"], !path.isEmpty else { return nil }
        let url = URL(filePath: path)
        let start = url.appending(path: "bin/kafka-server-start.sh").path
        return FileManager.default.isExecutableFile(atPath: start) ? url : nil
    }

    /// - Parameters:
    ///   - properties: broker properties, over those a single node needs.
    ///   - heapMegabytes: the most memory for Java's heap.
    public init(properties: [String: String] = [:], heapMegabytes: Int = 512) throws {
        guard let home = Self.home else { throw Failure("KAFKA_HOME names no Kafka distribution") }
        directory = FileManager.default.temporaryDirectory.appending(path: "kafka-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let ports = try FreePorts.find(2)
        brokers = "127.0.0.1:\(ports[0])"
        let configuration = directory.appending(path: "server.properties")
        let all = Self.properties(port: ports[0], controllerPort: ports[1], directory: directory)
            .merging(properties) { _, given in given }
        try all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
            .write(to: configuration, atomically: true, encoding: .utf8)

        let format = try Running(
            home.appending(path: "bin/kafka-storage.sh"),
            ["format", "-t", Self.clusterID, "-c", configuration.path], log: directory.appending(path: "format.log"))
        guard format.waitForEnd() == 0 else { throw Failure("kafka-storage.sh failed: \(format.logText)") }
        process = try Running(
            home.appending(path: "bin/kafka-server-start.sh"), [configuration.path],
            environment: ["KAFKA_HEAP_OPTS": "-Xmx\(heapMegabytes)m -Xms128m", "LOG_DIR": directory.path],
            log: directory.appending(path: "server.log"))
        Self.endWithThisProcess(process.id, directory)
        try waitUntilReady(within: 60)
    }

    /// Ends the broker, orderly or at once, and removes its data.
    public func stop(kill: Bool = false) {
        process.end(signal: kill ? SIGKILL : SIGTERM)
        try? FileManager.default.removeItem(at: directory)
    }

    /// What the broker has logged.
    public var log: String { process.logText }

    /// Removes the oldest records of a partition, as retention would.
    public func deleteRecords(_ topic: String, _ partition: Int, before offset: Int64) throws {
        let file = directory.appending(path: "delete-\(UUID().uuidString).json")
        try """
        {"version":1,"partitions":[{"topic":"\(topic)","partition":\(partition),"offset":\(offset)}]}
        """.write(to: file, atomically: true, encoding: .utf8)
        try tool("kafka-delete-records", ["--offset-json-file", file.path])
    }

    /// Runs one of the distribution's command-line tools against this broker, to its end.
    public func tool(_ name: String, _ arguments: [String]) throws {
        guard let home = Self.home else { throw Failure("KAFKA_HOME names no Kafka distribution") }
        let program = try Running(
            home.appending(path: "bin/\(name).sh"), ["--bootstrap-server", brokers] + arguments,
            log: directory.appending(path: "tool-\(UUID().uuidString).log"))
        guard program.waitForEnd() == 0 else { throw Failure("\(name).sh failed: \(program.logText)") }
    }

    private func waitUntilReady(within seconds: Double) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if process.logText.contains("Kafka Server started") { return }
            if process.hasEnded { break }
            Thread.sleep(forTimeInterval: 0.1)
        }
        let tail = process.logText.suffix(2000)
        process.end(signal: SIGKILL)
        throw Failure("the broker was not ready after \(seconds) s: \(tail)")
    }

    private static let clusterID = "MkU3OEVBNTcwNTJENDM2Qg"

    private static func properties(port: Int, controllerPort: Int, directory: URL) -> [String: String] {
        [
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": "1@127.0.0.1:\(controllerPort)",
            "controller.listener.names": "CONTROLLER",
            "listeners": "PLAINTEXT://127.0.0.1:\(port),CONTROLLER://127.0.0.1:\(controllerPort)",
            "advertised.listeners": "PLAINTEXT://127.0.0.1:\(port)",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": directory.appending(path: "data").path,
            "num.partitions": "1",
            "auto.create.topics.enable": "false",
            "offsets.topic.num.partitions": "4",
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.num.partitions": "4",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
            "group.initial.rebalance.delay.ms": "0",
            "group.min.session.timeout.ms": "1000",
        ]
    }

    // MARK: - Ending with the tests

    private static let started = Mutex<[(id: Int32, directory: URL)]>([])

    private static func endWithThisProcess(_ id: Int32, _ directory: URL) {
        let isFirst = started.withLock { list in
            list.append((id, directory))
            return list.count == 1
        }
        if isFirst {
            atexit {
                for (id, directory) in KafkaServer.started.withLock({ $0 }) {
                    kill(id, SIGKILL)
                    try? FileManager.default.removeItem(at: directory)
                }
            }
        }
        // `atexit` is not run when the tests are killed.
        let watch = """
            while kill -0 \(getpid()) 2>/dev/null && kill -0 \(id) 2>/dev/null; do sleep 1; done
            kill -9 \(id) 2>/dev/null; rm -rf '\(directory.path)'
            """
        _ = try? Running(URL(filePath: "/bin/sh"), ["-c", watch], log: nil)
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        init(_ description: String) { self.description = description }
    }
}
