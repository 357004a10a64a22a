import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// A source topic that is deleted.
@Suite(
    .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized, .timeLimit(.minutes(4)))
struct DeletedTopicTests {
    private func events(_ hours: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
        (hours.lowerBound * 60..<hours.upperBound * 60).map {
            (Int32(0), IngestHarness.event($0, seconds: Double($0) * 60))
        }
    }

    private func wait(
        _ worker: BrokerTroubleTests.Running, _ what: String, until isTrue: () throws -> Bool
    ) throws {
        let end = ContinuousClock.now + .seconds(100)
        while try !isTrue() {
            try #require(ContinuousClock.now < end, "\(what): \(worker.said.all.suffix(2000))")
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    @Test("while a worker reads it is named")
    func deletedWhileRead() throws {
        let server = try KafkaServer.shared()
        let harness = try IngestHarness(brokers: server.brokers, name: "deleted-read", partitions: 1)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, events(0..<4), timestamp: IngestHarness.base.microseconds / 1000)
        let worker = BrokerTroubleTests.Running(harness.pipeline, roles: [.ingest])
        defer { worker.end() }
        try wait(worker, "seals") { try !harness.seals().isEmpty }
        try server.tool("kafka-topics", ["--delete", "--topic", topic])
        try wait(worker, "the missing topic's name") {
            worker.failure(of: .ingest)?.contains("expected the topic \(topic), found none") == true
        }
        worker.end()
        #expect(worker.wait())
    }

    @Test("and made again in its place is not taken for the one that was read, and it is said what to do")
    func madeAgain() throws {
        let server = try KafkaServer.shared()
        let harness = try IngestHarness(brokers: server.brokers, name: "deleted", partitions: 1)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        let stamp = IngestHarness.base.microseconds / 1000
        try harness.produce(topic, events(0..<4), timestamp: stamp)
        #expect(try harness.run { try !harness.seals().isEmpty })
        let seals = try harness.seals()
        try server.tool("kafka-topics", ["--delete", "--topic", topic])
        let worker = BrokerTroubleTests.Running(harness.pipeline, roles: [.ingest])
        defer { worker.end() }
        try wait(worker, "the missing topic's name") {
            worker.said.all.contains("waiting for source topics") && worker.said.all.contains(topic)
        }
        try server.tool(
            "kafka-topics", ["--create", "--topic", topic, "--partitions", "1", "--config", "retention.ms=-1"])
        try harness.produce(topic, events(0..<1), timestamp: stamp)
        try wait(worker, "the refusal") { worker.failure(of: .ingest)?.contains("made again") == true }
        let detail = worker.failure(of: .ingest) ?? worker.said.all
        #expect(detail.contains("\(topic)/0"), "\(detail)")
        #expect(detail.contains("ends at 60"), "\(detail)")
        #expect(detail.contains("another pipeline name"), "\(detail)")
        worker.end()
        #expect(worker.wait())
        // Nothing of it was taken for what had been there.
        #expect(try harness.seals() == seals)
    }
}
