import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// A source topic that is deleted while a worker reads it.
@Suite(
    .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized, .timeLimit(.minutes(4)))
struct DeletedTopicTests {
    private func events(_ hours: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
        (hours.lowerBound * 60..<hours.upperBound * 60).map {
            (Int32(0), IngestHarness.event($0, seconds: Double($0) * 60))
        }
    }

    private func failure(
        of worker: BrokerTroubleTests.Running, containing text: String, within limit: Duration = .seconds(100)
    ) throws -> String {
        let end = ContinuousClock.now + limit
        while true {
            if let detail = worker.failure(of: .ingest), detail.contains(text) { return detail }
            try #require(
                ContinuousClock.now < end,
                "no failure with '\(text)' within \(limit), but \(worker.failure(of: .ingest) ?? "none")")
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    @Test("is named; one that is made again in its place is not taken for it, and it is said what to do")
    func deleted() throws {
        let server = try KafkaServer.shared()
        let harness = try IngestHarness(brokers: server.brokers, name: "deleted", partitions: 1)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        let stamp = IngestHarness.base.microseconds / 1000
        try harness.produce(topic, events(0..<4), timestamp: stamp)
        let worker = BrokerTroubleTests.Running(harness.pipeline, roles: [.ingest])
        defer { worker.end() }
        let end = ContinuousClock.now + .seconds(60)
        while try harness.seals().isEmpty {
            try #require(ContinuousClock.now < end, "\(worker.said.all.suffix(2000))")
            Thread.sleep(forTimeInterval: 0.2)
        }
        try server.tool("kafka-topics", ["--delete", "--topic", topic])
        #expect(try failure(of: worker, containing: topic).contains("expected the topic \(topic), found none"))

        try server.tool(
            "kafka-topics", ["--create", "--topic", topic, "--partitions", "1", "--config", "retention.ms=-1"])
        try harness.produce(topic, events(0..<1), timestamp: stamp)
        let again = try failure(of: worker, containing: "made again")
        #expect(again.contains("\(topic)/0"), "\(again)")
        #expect(again.contains("ends at 60"), "\(again)")
        #expect(again.contains("another pipeline name"), "\(again)")
        // Nothing of it was taken for what had been there.
        let seals = try harness.seals()
        worker.end()
        #expect(worker.wait())
        #expect(try harness.seals() == seals)
    }
}
