import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// All roles in one process on a real broker, judged by what the topics say and by the audit.
struct WholeWorkerTests {
    private static let hours = 20
    private static let labelledHours = 5

    // Needs a real Kafka: KAFKA_HOME names a distribution.
    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
    func `RealKafka: a label feed that ends holds nothing up, bad records are set aside, the audit is clean`() throws {
        let server = try KafkaServer.shared()
        let harness = try IngestHarness(brokers: server.brokers, name: "whole", labels: true) { pipeline in
            pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        }
        defer { harness.removeFolder() }
        let bad: [[UInt8]?] = [Array("{\"id\":1".utf8), nil, [0xff, 0xfe]]
        try feed(harness, bad: bad)

        let pipeline = harness.pipeline
        let stop = StopSignal()
        let isDone = DispatchSemaphore(value: 0)
        let worker = Thread {
            try? Worker(pipeline: pipeline, log: Log(level: .error)).run(until: stop)
            isDone.signal()
        }
        worker.start()
        // The newest event is of the last hour: the window before the last is closed, once its lateness is over.
        let wanted = Self.hours - 2
        let end = ContinuousClock.now + .seconds(90)
        var datasets: [DatasetReady] = []
        while datasets.count < wanted, ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.3)
            datasets = try self.datasets(harness)
        }
        stop.set()
        #expect(isDone.wait(timeout: .now() + 20) == .success)

        #expect(datasets.count >= wanted)
        #expect(Set(datasets.map(\.window)).count == datasets.count)
        #expect(try harness.deadLetters().count == bad.count)
        let report = try Auditor(PipelineConnection(pipeline)).audit()
        #expect(report.faults.isEmpty)
        #expect(!report.partitions.isEmpty)
    }

    private func feed(_ harness: IngestHarness, bad: [[UInt8]?]) throws {
        let events = (0..<Self.hours * 60).map { minute in
            (Int32(minute % 4), Optional(IngestHarness.event(minute, seconds: Double(minute) * 60)))
        }
        let middle = events.count / 2
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(
            topic, events[..<middle] + bad.enumerated().map { (Int32($0.offset), $0.element) } + events[middle...],
            timestamp: IngestHarness.base.microseconds / 1000)
        let labels = (0..<Self.labelledHours * 6).map { number in
            let reported = IngestHarness.base + .seconds(number * 600)
            let text = "{\"id\":\(number * 10),\"reported\":\"\(reported)\",\"fraud\":1}"
            return (Int32(number % 4), Optional(Array(text.utf8)))
        }
        try harness.produce(
            harness.pipeline.labels!.topics[0], labels, timestamp: IngestHarness.base.microseconds / 1000)
    }

    private func datasets(_ harness: IngestHarness) throws -> [DatasetReady] {
        var found: [DatasetReady] = []
        try TopicFold(settings: harness.cluster.settings(for: "test-datasets")).run(
            topic: Arrow.datasets.topic(of: harness.pipeline.name)
        ) {
            let message = try MessageCodec.decode(
                headers: $0.headers.map(OutgoingRecord.Header.init), value: $0.value.map { Array($0) })
            if message.isA(DatasetReady.self) { found.append(try message.payload(DatasetReady.self)) }
        }
        return found
    }
}
