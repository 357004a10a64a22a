import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Slices are a projection of the log: what is damaged is noticed, put aside, and made again.
@Suite("Slices that are damaged", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct SliceRestoreTests {
    /// A pipeline with sealed slices of events and of labels, some of which joined a later window than their own.
    private func sealed() throws -> IngestHarness {
        let harness = try IngestHarness(brokers: KafkaServer.shared().brokers, name: "restore", labels: true) {
            $0.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        }
        let events = harness.pipeline.events.topics[0]
        let labels = harness.pipeline.labels!.topics[0]
        let hours = IngestHarness.base.microseconds / 1000
        func label(_ index: Int) -> (partition: Int32, value: [UInt8]?) {
            let reported = IngestHarness.base + .seconds(index % 2 == 0 ? index * 60 : 60)
            return (
                Int32(index % 4),
                Array("{\"id\":\"\(index)\",\"reported\":\"\(reported)\",\"fraud\":\(index % 2)}".utf8)
            )
        }
        // In two parts, so that labels of the second come after windows of theirs are sealed.
        for part in 0..<2 {
            try harness.produce(
                events,
                (part * 300..<part * 300 + 300).map {
                    (Int32($0 % 4), IngestHarness.event($0, seconds: Double($0) * 60))
                }, timestamp: hours)
            try harness.produce(labels, (part * 300..<part * 300 + 300).map(label), timestamp: hours)
            let through = IngestHarness.base + .seconds(3600 * (part * 5 + 3))
            let isDone = try harness.run {
                let seals = try harness.seals()
                let done = Set(seals.filter { $0.sealedThrough >= through }.map { "\($0.topic)/\($0.partition)" })
                return done.count >= 8
            }
            #expect(isDone, "part \(part)")
        }
        return harness
    }

    /// Runs the role until the condition holds of what it says of itself.
    private func transform(_ harness: IngestHarness, until isDone: (RoleHealth.State?) throws -> Bool) throws {
        let stop = StopSignal()
        let ended = DispatchSemaphore(value: 0)
        let pipeline = harness.pipeline
        let thread = Thread {
            var options = Worker.Options()
            options.roles = [.transform]
            try? Worker(pipeline: pipeline, options: options, log: Log(level: .error)).run(until: stop)
            ended.signal()
        }
        thread.start()
        let end = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < end {
            if try isDone(StatusFile.readAll(of: pipeline).first?.roles.first) { break }
            Thread.sleep(forTimeInterval: 0.2)
        }
        stop.set()
        #expect(ended.wait(timeout: .now() + 20) == .success)
    }

    private func datasets(_ harness: IngestHarness) throws -> Set<Window> {
        var windows: Set<Window> = []
        try TopicFold(settings: harness.cluster.settings(for: "test-datasets")).run(
            topic: Arrow.datasets.topic(of: harness.pipeline.name)
        ) {
            let message = try ControlRecord($0.message, of: .datasets).message
            if message.isA(DatasetReady.self) { windows.insert(try message.payload(DatasetReady.self).window) }
        }
        return windows
    }

    @Test("are put aside and made again from the log, byte for byte, whatever was done to them")
    func restored() throws {
        let harness = try sealed()
        defer { harness.removeFolder() }
        let folder = harness.pipeline.folder
        let slices = try harness.seals().flatMap { seal in seal.slices.map { (seal.kind, $0.file) } }
        #expect(Set(slices.map(\.0)) == [.events, .labels])
        for (index, (_, file)) in slices.enumerated() {
            let url = URL(filePath: "\(folder)/\(file.path)")
            var bytes = Array(try Data(contentsOf: url))
            switch index % 4 {
            case 0:
                bytes[bytes.count / 2] ^= 4
                try Data(bytes).write(to: url)
            case 1: try Data(bytes.prefix(bytes.count / 2)).write(to: url)
            case 2: try FileManager.default.removeItem(at: url)
            default: break
            }
        }
        let windows = Set(try harness.seals().flatMap(\.slices).map(\.window)).count
        try transform(harness) { _ in try datasets(harness).count >= windows - 1 }
        let made = try datasets(harness)
        #expect(made.count >= windows - 1)
        let report = try Auditor(PipelineConnection(harness.pipeline)).audit()
        // Slices of a window that is not complete yet have not been looked at yet.
        #expect(report.faults.filter { fault in made.contains { fault.place.contains("\($0)") } } == [])
        let aside = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/slices").filter {
            $0.hasSuffix(".damaged")
        }
        #expect(!aside.isEmpty)
    }

    @Test("and cannot be made again are named by what is missing, while ingest goes on")
    func unrestorable() throws {
        let harness = try sealed()
        defer { harness.removeFolder() }
        let seal = try #require(try harness.seals().first { $0.kind == .events && !$0.slices.isEmpty })
        let slice = "\(harness.pipeline.folder)/\(seal.slices[0].file.path)"
        try DurableFile.write([1, 2, 3], to: slice)
        try DurableFile.write([1, 2, 3], to: "\(harness.pipeline.folder)/\(seal.ledger.path)")
        var detail = ""
        try transform(harness) { role in
            guard let role, role.condition == .failing else { return false }
            detail = role.detail
            return true
        }
        #expect(detail.contains(slice), "\(detail)")
        #expect(detail.contains("\(seal.ledger.path): expected \(seal.ledger.bytes) bytes"), "\(detail)")
        // What needs neither goes on: more is sealed.
        let before = try harness.seals().count
        try harness.produce(
            harness.pipeline.events.topics[0],
            (600..<1000).map { (Int32($0 % 4), IngestHarness.event($0, seconds: Double($0) * 60)) },
            timestamp: IngestHarness.base.microseconds / 1000)
        #expect(try harness.run { try harness.seals().count > before })
    }
}
