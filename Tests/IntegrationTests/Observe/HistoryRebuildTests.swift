import Foundation
import Kafka
import Millrace
import MillraceHistory
import TestSupport
import Testing

@testable import MillraceWorker

/// The history that a worker kept while it ran, against the one made again from the topics.
@Suite(.serialized) struct HistoryRebuildTests {
    @Test(.timeLimit(.minutes(3)))
    func `The embedded broker's topics give the rows that the worker kept`() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        var harness = try IngestHarness(embedded: broker, name: "history", partitions: 2)
        // For the worker it is a broker like any other, only without transactions.
        harness.pipeline.kafka.brokers = broker.brokers
        harness.pipeline.kafka.transactions = .never
        try prove(harness)
    }

    // Needs a real Kafka: KAFKA_HOME names a distribution.
    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
    func `RealKafka: the topics give the rows that the worker kept`() throws {
        let server = try KafkaServer.shared()
        try prove(try IngestHarness(brokers: server.brokers, name: "history", partitions: 2))
    }

    private func prove(_ staged: IngestHarness) throws {
        var harness = staged
        harness.pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        harness.pipeline.observe.interval = .seconds(1)
        defer { harness.removeFolder() }
        let events = (0..<600).map { (Int32($0 % 2), Optional(IngestHarness.event($0, seconds: Double($0) * 60))) }
        try harness.produce(harness.pipeline.events.topics[0], events)
        try request(harness, "first")
        let path = HistoryStore.path(of: harness.pipeline, instance: "0")
        try run(harness) { reader in
            let windows = try reader.windows(count: 100).members
            return try windows.filter { $0.datasetRows != nil }.count >= 8 && !reader.runCounts().isEmpty
        }
        // A second life reads what the first has recorded, and goes on.
        try request(harness, "second")
        try run(harness) { try $0.runCounts().values.reduce(0, +) >= 2 }
        let kept = try HistoryReader(path: path).dump()
        #expect(kept.filter { $0.hasPrefix("slices ") }.count >= 16)
        #expect(kept.filter { $0.hasPrefix("runs ") }.count == 2)

        let connection = try PipelineConnection(harness.pipeline)
        let other = path + ".other"
        try HistoryStore(path: other).rebuild(from: connection)
        #expect(try HistoryReader(path: other).dump() == kept)
        try HistoryStore(path: path).rebuild(from: connection)
        #expect(try HistoryReader(path: path).dump() == kept)
        #expect(
            try !HistoryReader(path: path).lag(of: Role.ingest.group(of: harness.pipeline.name), since: .distantPast)
                .isEmpty)
    }

    private func request(_ harness: IngestHarness, _ id: String) throws {
        let producer = try Producer(settings: harness.cluster.settings(for: "test-request"))
        defer { producer.close() }
        try producer.send(
            MessageCodec.encode(
                RetrainRequested(reason: id, requester: "ada"),
                envelope: Envelope(id: id, type: RetrainRequested.type, source: "/ada"),
                pipeline: harness.pipeline.name,
                to: .retrain))
        try producer.flush()
        try producer.takeReport().check()
    }

    private func run(_ harness: IngestHarness, until isThere: (HistoryReader) throws -> Bool) throws {
        let (stop, isDone) = (StopSignal(), DispatchSemaphore(value: 0))
        let pipeline = harness.pipeline
        let worker = Thread {
            try? Worker(pipeline: pipeline, log: Log(level: .error)).run(until: stop)
            isDone.signal()
        }
        worker.start()
        let path = HistoryStore.path(of: pipeline, instance: "0")
        let end = ContinuousClock.now + .seconds(60)
        var isFound = false
        while !isFound, ContinuousClock.now < end {
            Thread.sleep(forTimeInterval: 0.3)
            // It is not there yet at first.
            if let reader = try? HistoryReader(path: path) { isFound = (try? isThere(reader)) ?? false }
        }
        stop.set()
        #expect(isDone.wait(timeout: .now() + 20) == .success)
        #expect(isFound)
    }
}
