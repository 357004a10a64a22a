import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Two pipelines of one cluster, over the same topics and with workers of the same instance name.
struct TwoPipelinesTests {
    // Needs a real Kafka: KAFKA_HOME names a distribution. The embedded cluster keeps no transactions.
    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
    func `RealKafka: two pipelines, one named like the other's beginning, do not disturb each other`() throws {
        let server = try KafkaServer.shared()
        let first = try IngestHarness(brokers: server.brokers, name: "twin") { pipeline in
            pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        }
        var other = first.pipeline
        other.name += "-b"
        other.folder += "-b"
        other.registry.path = "\(other.folder)/registry"
        let second = try IngestHarness(brokers: server.brokers, pipeline: other)
        defer {
            first.removeFolder()
            second.removeFolder()
        }
        let minutes = 8 * 60
        try first.produce(
            first.pipeline.events.topics[0],
            (0..<minutes).map { (Int32($0 % 4), Optional(IngestHarness.event($0, seconds: Double($0) * 60))) },
            timestamp: IngestHarness.base.microseconds / 1000)

        let stop = StopSignal()
        let ended = DispatchGroup()
        for pipeline in [first.pipeline, second.pipeline] {
            ended.enter()
            Thread {
                var options = Worker.Options()
                options.roles = [.ingest, .transform, .train, .publish]
                try? Worker(pipeline: pipeline, options: options, log: Log(level: .error)).run(until: stop)
                ended.leave()
            }.start()
        }
        func sealed(_ harness: IngestHarness) throws -> [String: String] {
            let slices = try harness.seals().flatMap { seal in
                seal.slices.map { ("\(seal.partition) \($0.window)", $0) }
            }
            return Dictionary(slices.map { ($0.0, $0.1.file.sha256) }) { a, b in "\(a) and again \(b)" }
        }
        let wanted = 4 * 6
        let end = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < end {
            if try [first, second].allSatisfy({ try sealed($0).count >= wanted }) { break }
            Thread.sleep(forTimeInterval: 0.3)
        }
        stop.set()
        #expect(ended.wait(timeout: .now() + 20) == .success)

        // Each has read everything, and come to the same bytes.
        let (one, two) = (try sealed(first), try sealed(second))
        #expect(one.count >= wanted && two.count >= wanted)
        for (place, checksum) in one { if let found = two[place] { #expect(found == checksum, "\(place)") } }
        for harness in [first, second] {
            #expect(try Auditor(PipelineConnection(harness.pipeline)).audit().faults == [])
        }
    }
}
