import Foundation
import Kafka
import Millrace
import TestSupport

@testable import MillraceWorker

/// A pipeline of its own on a broker, worked on by the built program as processes that can be killed.
struct TransformHarness {
    let pipeline: Pipeline
    let cluster: Cluster
    private let file: String
    private let brokers: String

    /// - Parameters:
    ///   - text: the pipeline file; `NAME` and `FOLDER` in it stand for the pipeline's own.
    ///   - partitions: of each source topic that is not there yet.
    init(brokers: String, name: String, partitions: Int, text: String) throws {
        self.brokers = brokers
        let name = "\(name)-\(UInt32.random(in: .min ... .max))"
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-\(name)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        file = "\(folder)/pipeline.yaml"
        try text.replacingOccurrences(of: "NAME", with: name).replacingOccurrences(of: "FOLDER", with: folder)
            .write(toFile: file, atomically: true, encoding: .utf8)
        var pipeline = try PipelineFile.load(path: file).pipeline
        pipeline.kafka.brokers = brokers
        self.pipeline = pipeline
        cluster = Cluster(pipeline, log: Log(level: .error))
        let admin = try Admin(settings: cluster.settings(for: "test"))
        defer { admin.close() }
        for topic in pipeline.events.topics + (pipeline.labels?.topics ?? []) {
            // Two pipelines may share their sources. The records are of 2018: a broker would delete them within minutes.
            _ = try? admin.createTopics([
                NewTopic(topic, partitions: partitions, configuration: ["retention.ms": "-1"])
            ])
        }
    }

    func removeFolder() { try? FileManager.default.removeItem(atPath: pipeline.folder) }

    /// Runs the roles in a process of their own until the condition holds or the process dies by itself.
    /// - Parameter crashPoint: as `MILLRACE_CRASH_AT` takes it.
    /// - Returns: whether the condition held, and whether the process was killed at the crash point.
    func run(
        roles: String, crashPoint: String? = nil, within deadline: Duration, until condition: () throws -> Bool
    ) throws -> (held: Bool, crashed: Bool) {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = ["run", "-f", file, "--brokers", brokers, "--roles", roles, "--log-level", "debug"]
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        process.environment?["MILLRACE_CRASH_AT"] = crashPoint
        let log = "\(pipeline.folder)/worker.log"
        if !FileManager.default.fileExists(atPath: log) {
            _ = FileManager.default.createFile(atPath: log, contents: nil)
        }
        let output = try FileHandle(forWritingTo: URL(filePath: log))
        try output.seekToEnd()
        process.standardError = output
        process.standardOutput = output
        try process.run()
        defer {
            if process.isRunning {
                process.terminate()
                process.waitUntilExit()
            }
        }
        let end = ContinuousClock.now + deadline
        while ContinuousClock.now < end {
            if !process.isRunning {
                process.waitUntilExit()
                return (false, process.terminationReason == .uncaughtSignal && process.terminationStatus == SIGKILL)
            }
            if crashPoint == nil, try condition() { return (true, false) }
            Thread.sleep(forTimeInterval: 0.2)
        }
        return (false, false)
    }

    var workerLog: String { (try? String(contentsOfFile: "\(pipeline.folder)/worker.log", encoding: .utf8)) ?? "" }

    /// What transform has said, in order.
    func messages() throws -> (ready: [DatasetReady], labels: [LabelsArrived]) {
        var ready: [DatasetReady] = []
        var labels: [LabelsArrived] = []
        try TopicFold(settings: cluster.settings(for: "test-fold")).run(
            topic: Arrow.datasets.topic(of: pipeline.name)
        ) {
            let message = try MessageCodec.decode(
                headers: $0.headers.map(OutgoingRecord.Header.init), value: $0.value.map { Array($0) })
            if message.isA(DatasetReady.self) { ready.append(try message.payload(DatasetReady.self)) }
            if message.isA(LabelsArrived.self) { labels.append(try message.payload(LabelsArrived.self)) }
        }
        return (ready, labels)
    }

    func lastWindow() -> Timestamp { ((try? messages().ready.last?.window.start) ?? nil) ?? .distantPast }

    /// The checksum of every file below some folders of the pipeline's.
    func files(below names: [String]) throws -> [String: Checksum] {
        var sums: [String: Checksum] = [:]
        for name in names {
            let root = "\(pipeline.folder)/\(name)"
            for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() {
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder)
                if !isFolder.boolValue { sums["\(name)/\(path)"] = try Checksum(ofFile: "\(root)/\(path)") }
            }
        }
        return sums
    }

    /// Sends records, each with its partition and timestamp, in order.
    func produce(_ topic: String, _ records: [(partition: Int32, value: String, milliseconds: Int64)]) throws {
        let producer = try Producer(settings: cluster.settings(for: "test-producer"))
        defer { producer.close() }
        for (index, record) in records.enumerated() {
            try producer.send(
                to: topic, partition: record.partition, value: Array(record.value.utf8),
                timestampMilliseconds: record.milliseconds)
            if index % 50_000 == 49_999 { try producer.flush() }
        }
        try producer.flush()
        try producer.takeReport().check()
    }

    /// The program beside the test bundle.
    private static var program: URL {
        var folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "millrace")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        fatalError("expected the built program 'millrace' near \(ProcessInfo.processInfo.arguments[0])")
    }
}
