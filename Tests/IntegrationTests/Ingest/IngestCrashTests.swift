import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Kills the program at every point between a record and its seal, and lets its successor go on.
@Suite("Ingest that is killed", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct IngestCrashTests {
    private static let points = [
        "ingest.chunk-written", "ingest.written-before-rename", "ingest.files-before-send", "ingest.before-send:2",
        "ingest.sent-before-commit", "ingest.after-send", "ingest.after-send:3", "", "",
    ]

    private static var program: URL {
        var folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "millrace")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        fatalError("expected the built program 'millrace' near \(ProcessInfo.processInfo.arguments[0])")
    }

    /// Sessions are short: a group waits for a killed member until its session ends.
    private func file(_ name: String, topic: String, brokers: String, folder: String) -> String {
        """
        pipeline: \(name)
        kafka: { brokers: "\(brokers)", client: { session.timeout.ms: 6000, heartbeat.interval.ms: 500 } }
        folder: \(folder)
        dead_letters: { stop_minimum: 100000 }
        events:
          topics: [\(topic)]
          time: { column: time, format: iso8601 }
          unique: { column: id, within: 30m }
          columns: { id: id, amount: decimal(2), customer: { type: text } }
        windows: { size: 1h, lateness: 10m, idle: 1000s }
        features:
          - { name: amount, column: amount }
        registry: { path: \(folder)/registry }

        """
    }

    private func start(_ path: String, crashAt point: String?, instance: String = "0") throws -> Process {
        let process = Process()
        process.executableURL = Self.program
        process.arguments = [
            "run", "-f", path, "--roles", "ingest", "--log-level", "warning", "--instance", instance,
        ]
        var environment = ProcessInfo.processInfo.environment
        environment["MILLRACE_CRASH_AT"] = point
        process.environment = environment
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func wait(_ limit: Double, _ condition: () throws -> Bool) rethrows -> Bool {
        let end = Date(timeIntervalSinceNow: limit)
        while Date() < end {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    /// An hour of two partitions: mostly good, with duplicates, late ones, garbage and disorder.
    private func hour(_ hour: Int, rows: Int, seed: UInt64) -> [(partition: Int32, value: [UInt8]?)] {
        var random = SystemRandomNumberGenerator()
        return (0..<rows).map { index in
            let partition = Int32(index % 2)
            var seconds = Double(hour) * 3600 + Double(index) * 3600 / Double(rows)
            var id = hour * rows + index
            switch Int.random(in: 0..<400, using: &random) {
            case 0: return (partition, Array("{\"id\":\(id)".utf8))
            case 1: return (partition, nil)
            case 2: seconds -= 5000
            case 3...10: id -= Int.random(in: 1...200, using: &random)
            case 11...100: seconds -= Double.random(in: 0...300, using: &random)
            default: break
            }
            return (partition, IngestHarness.event(max(0, id), seconds: max(0, seconds)))
        }
    }

    @Test("comes to the same seals, the same bytes and the same dead letters as one that never was")
    func killedAnywhere() throws {
        let brokers = try KafkaServer.shared().brokers
        var harness = try IngestHarness(brokers: brokers, name: "crash", partitions: 2)
        let folder = harness.pipeline.folder
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let topic = harness.pipeline.events.topics[0]
        let path = "\(harness.pipeline.folder)/pipeline.yaml"
        let text = file(harness.pipeline.name, topic: topic, brokers: brokers, folder: harness.pipeline.folder)
        try DurableFile.write(text, to: path)
        harness.pipeline = try PipelineFile.parse(text).pipeline

        var next = 0
        func produce(_ hours: Int, rows: Int) throws {
            for _ in 0..<hours {
                try harness.produce(topic, hour(next, rows: rows, seed: UInt64(next)))
                next += 1
            }
        }
        try produce(2, rows: 2000)
        for (index, point) in Self.points.enumerated() {
            try produce(3, rows: index == 0 ? 40_000 : 2000)
            let victim = try start(path, crashAt: point.isEmpty ? nil : point)
            if point.isEmpty {
                Thread.sleep(forTimeInterval: 1.5 + Double(index) * 0.3)
                kill(victim.processIdentifier, SIGKILL)
            }
            // More comes while it lives, so that a point is passed as often as it takes.
            var passes = 0
            let isDead = try wait(60) {
                passes += 1
                if passes % 20 == 0, victim.isRunning { try produce(1, rows: 500) }
                return !victim.isRunning
            }
            #expect(isDead && victim.terminationReason == .uncaughtSignal, "\(point) was not reached")
            if !isDead {
                victim.terminate()
                victim.waitUntilExit()
            }
            try produce(1, rows: 2000)
            let heir = try start(path, crashAt: nil)
            let through = IngestHarness.base + .seconds((next - 1) * 3600)
            let isDone = try wait(60) { try harness.seals().filter { $0.sealedThrough >= through }.count >= 2 }
            #expect(isDone, "after \(point) the heir did not seal through \(through)")
            heir.terminate()
            heir.waitUntilExit()
            #expect(heir.terminationReason == .exit && heir.terminationStatus == 0)
        }

        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        // One that was never killed, over the same topic.
        var other = harness
        other.pipeline = try PipelineFile.parse(
            file(
                "\(harness.pipeline.name)-again", topic: topic, brokers: brokers,
                folder: "\(harness.pipeline.folder)-again")
        ).pipeline
        defer { try? FileManager.default.removeItem(atPath: "\(folder)-again") }
        let again = try IngestHarness(rereading: other)
        let through = IngestHarness.base + .seconds((next - 1) * 3600)
        #expect(try again.run { try again.seals().filter { $0.sealedThrough >= through }.count >= 2 })
        for partition in 0..<2 {
            let found = seals.filter { $0.partition == partition }
            let expected = try again.seals().filter { $0.partition == partition }
            #expect(found.count == expected.count)
            for (one, other) in zip(found, expected) where one != other {
                Issue.record("partition \(partition), seal \(one.sequence): found \(one), expected \(other)")
                break
            }
        }
        let letters = try harness.deadLetters().map { "\($0.partition)/\($0.offset) \($0.code)" }
        #expect(Set(letters).count == letters.count, "a dead letter was written twice")
        let below = Dictionary(grouping: seals, by: \.partition).mapValues { $0.map(\.nextOffset).max() ?? 0 }
        let sealedLetters = try harness.deadLetters().filter { $0.offset < below[$0.partition] ?? 0 }
        #expect(sealedLetters.count == seals.reduce(0) { $0 + $1.dead })
    }

    @Test("two processes share the partitions, and a killed one's are taken over without loss")
    func twoProcesses() throws {
        let brokers = try KafkaServer.shared().brokers
        var harness = try IngestHarness(brokers: brokers, name: "two", partitions: 2)
        let folder = harness.pipeline.folder
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let topic = harness.pipeline.events.topics[0]
        let path = "\(harness.pipeline.folder)/pipeline.yaml"
        let text = file(harness.pipeline.name, topic: topic, brokers: brokers, folder: harness.pipeline.folder)
        try DurableFile.write(text, to: path)
        harness.pipeline = try PipelineFile.parse(text).pipeline
        var next = 0
        func produce(_ hours: Int) throws {
            for _ in 0..<hours {
                try harness.produce(topic, hour(next, rows: 2000, seed: UInt64(next)))
                next += 1
            }
        }
        func isSealed() throws -> Bool {
            let through = IngestHarness.base + .seconds((next - 1) * 3600)
            return try Set(harness.seals().filter { $0.sealedThrough >= through }.map(\.partition)).count == 2
        }
        try produce(3)
        let first = try start(path, crashAt: nil, instance: "a")
        #expect(try wait(60) { try isSealed() })
        let second = try start(path, crashAt: nil, instance: "b")
        for _ in 0..<8 {
            try produce(2)
            Thread.sleep(forTimeInterval: 1)
        }
        #expect(try wait(60) { try isSealed() })
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        try produce(3)
        #expect(try wait(60) { try isSealed() })
        second.terminate()
        second.waitUntilExit()
        #expect(try harness.audit(harness.seals()) == [])
    }
}
