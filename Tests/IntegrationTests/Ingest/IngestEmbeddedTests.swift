import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// What can be promised without transactions: the same seals, and no record lost over restarts.
@Suite("Ingest on the embedded broker", .serialized) struct IngestEmbeddedTests {
    @Test("seals, commits and goes on after a restart")
    func embedded() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        var harness = try IngestHarness(embedded: broker, name: "embedded", partitions: 2)
        defer { harness.removeFolder() }
        harness.pipeline.windows.idle = .seconds(100)
        let topic = harness.pipeline.events.topics[0]
        for part in 0..<3 {
            let values: [(partition: Int32, value: [UInt8]?)] = (part * 600..<part * 600 + 600).flatMap { index in
                (0..<2).map { (Int32($0), IngestHarness.event(index * 2 + $0, seconds: Double(index) * 18)) }
            }
            try harness.produce(topic, values)
            let through = IngestHarness.base + .seconds((part * 3 + 2) * 3600)
            let isDone = try harness.run { try harness.seals().filter { $0.sealedThrough >= through }.count >= 2 }
            #expect(isDone, "part \(part)")
        }
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        let rows = seals.flatMap(\.slices).reduce(0) { $0 + $1.rows }
        #expect(rows == 3200)
    }
}

@Suite("Ingest of a topic that grows", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct IngestAdditionTests {
    @Test("records added partitions once, and reads them from the recorded window on")
    func additions() throws {
        let harness = try IngestHarness(brokers: KafkaServer.shared().brokers, name: "grows", partitions: 2)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        func events(_ hours: Range<Int>, _ partitions: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
            (hours.lowerBound * 200..<hours.upperBound * 200).flatMap { index in
                partitions.map { (Int32($0), IngestHarness.event(index * 4 + $0, seconds: Double(index) * 18)) }
            }
        }
        try harness.produce(topic, events(0..<4, 0..<2))
        let first = IngestHarness.base + .seconds(3 * 3600)
        #expect(try harness.run { try harness.seals().filter { $0.sealedThrough >= first }.count >= 2 })
        let home = ProcessInfo.processInfo.environment["KAFKA_HOME"] ?? ""
        let alter = Process()
        alter.executableURL = URL(filePath: "\(home)/bin/kafka-topics.sh")
        alter.arguments = ["--bootstrap-server", harness.brokers, "--alter", "--topic", topic, "--partitions", "4"]
        alter.standardOutput = FileHandle.nullDevice
        try alter.run()
        alter.waitUntilExit()
        #expect(alter.terminationStatus == 0)
        Thread.sleep(forTimeInterval: 1)
        try harness.produce(topic, events(4..<8, 0..<4))
        let second = IngestHarness.base + .seconds(7 * 3600)
        for _ in 0..<2 {
            #expect(
                try harness.run {
                    try Set(harness.seals().filter { $0.sealedThrough >= second }.map(\.partition)).count == 4
                })
        }
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        #expect(seals.filter { $0.partition >= 2 }.allSatisfy { $0.partitionCount == 4 })
        let rows = seals.flatMap(\.slices).reduce(0) { $0 + $1.rows }
        #expect(rows == 2 * (7 + 3) * 200)
    }
}
