import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Kills the program at every point between a dataset and a registry, and lets its successor go on.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason)) struct LearningCrashTests {
    private static let points = [
        "train.before-send", "train.decided", "train.preparing:3", "train.training:3", "train.evaluating",
        "train.before-trained", "train.after-commit:2", "publish.before-send", "publish.after-commit",
        "publish.released-before-alias",
    ]

    /// Sessions are short: a group waits for a killed member until its session ends.
    private func file(_ name: String, brokers: String, folder: String) -> String {
        """
        pipeline: \(name)
        kafka: { brokers: "\(brokers)", client: { session.timeout.ms: 3000, heartbeat.interval.ms: 500 } }
        folder: \(folder)
        events:
          topics: [\(name)-e]
          time: { column: t, format: unix_microseconds }
          columns: { id: id, card: id }
        labels:
          topics: [\(name)-l]
          event: id
          reported: { column: r, format: unix_microseconds }
          value: { column: v }
          maturity: 2d
        windows: { size: 1d }
        features:
          - { name: a, calendar: hour }
        triggers: [{ every: 7d, from: 2020-01-29 }]
        training:
          minimum: { positives: 5 }
          trainer: { xgboost: { rounds: 5, threads: 1 } }
        gate:
          margin: 0.3
          floor: 0.1
          entity: card
          alert_budget: 20
          minimum: { positives: 5 }
        registry: { path: \(folder)/registry }

        """
    }

    private static var program: URL {
        var folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "millrace")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        fatalError("expected the built program 'millrace' near \(ProcessInfo.processInfo.arguments[0])")
    }

    private func start(_ path: String, crashAt point: String?) throws -> Process {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = ["run", "-f", path, "--roles", "train,publish", "--log-level", "warning"]
        var environment = ProcessInfo.processInfo.environment
        environment["MILLRACE_CRASH_AT"] = point
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func wait(_ limit: Double, _ condition: () throws -> Bool) throws -> Bool {
        let end = Date(timeIntervalSinceNow: limit)
        while Date() < end {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    @Test func killedAnywhereEachRunHasOneVersionAndTheModelsAreTheSameBytes() throws {
        let server = try KafkaServer.shared()
        let name = "crash\(UInt32.random(in: 0 ... 99_999))"
        let folder = NSTemporaryDirectory() + "millrace-\(name)"
        let text = file(name, brokers: server.brokers, folder: folder)
        let bench = LearningBench(pipeline: try PipelineFile.parse(text).pipeline)
        try DurableFile.createFolder(folder)
        let path = folder + "/pipeline.yaml"
        try DurableFile.write(text, to: path)
        let admin = try Admin(settings: bench.cluster.settings(for: "test"))
        try admin.createTopics(
            Arrow.allCases.map { NewTopic(arrow: $0, pipeline: bench.pipeline) }
                + ["e", "l"].map { NewTopic("\(name)-\($0)", partitions: 1) })
        admin.close()

        try bench.announce(days: 0..<21)
        for (index, point) in Self.points.enumerated() {
            let day = 21 + 7 * index
            try bench.announce(days: day..<day + 7)
            let victim = try start(path, crashAt: point)
            let isDead = try wait(40) { !victim.isRunning }
            #expect(isDead && victim.terminationReason == .uncaughtSignal, "\(point) was not reached")
            if !isDead { victim.terminate() }
            let heir = try start(path, crashAt: nil)
            let isDone = try wait(40) {
                try bench.releases().count > index && (try? self.registry(bench).verify(version: index + 1)) != nil
            }
            #expect(isDone, "after \(point) the heir did not finish the run")
            heir.terminate()
            #expect(try wait(15) { !heir.isRunning }, "after \(point) the heir did not stop")
            if heir.isRunning { kill(heir.processIdentifier, SIGKILL) }
        }

        let verdicts = try bench.releases().compactMap(\.verdict)
        #expect(verdicts.map(\.version) == Array(1...Self.points.count))
        #expect(Set(verdicts.map(\.run)).count == Self.points.count)
        let trained = try bench.runs(ModelTrained.self)
        #expect(trained.map(\.run) == verdicts.map(\.run))
        #expect(try registry(bench).alias("champion")?.version == 1)

        // An undisturbed worker over the same datasets grows the same trees.
        var calm = bench.pipeline
        calm.name = "calm"
        calm.folder = folder + "-calm"
        calm.registry.path = calm.folder + "/registry"
        calm.kafka.brokers = "embedded"
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: "calm"), partitions: 1) }
        let undisturbed = LearningBench(pipeline: calm, address: broker.brokers)
        try undisturbed.announce(days: 0..<21 + 7 * Self.points.count)
        #expect(try undisturbed.run { try undisturbed.releases().count == Self.points.count })
        let models = try undisturbed.runs(ModelTrained.self).map(\.files.first?.sha256)
        #expect(trained.map(\.files.first?.sha256) == models)
        #expect(models.allSatisfy { $0 != nil })
    }

    private func registry(_ bench: LearningBench) -> Registry {
        Registry(path: bench.folder + "/registry", model: bench.pipeline.name, pipelineFolder: bench.folder)
    }
}
