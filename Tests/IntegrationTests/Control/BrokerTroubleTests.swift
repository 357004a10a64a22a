import Foundation
import Kafka
import Millrace
import Synchronization
import TestSupport
import Testing

@testable import MillraceWorker

/// A whole worker, and what brokers do to it: it says what is wrong, waits, and goes on by itself.
@Suite(.serialized, .timeLimit(.minutes(4))) struct BrokerTroubleTests {
    /// A worker on a thread of its own, and what it says.
    final class Running: Sendable {
        private let pipeline: Pipeline
        private let stop = StopSignal()
        private let ended = DispatchSemaphore(value: 0)
        let said = LogLines()

        init(_ pipeline: Pipeline, roles: Set<Role> = [.ingest, .transform]) {
            self.pipeline = pipeline
            let (stop, ended, lines) = (stop, ended, said)
            let thread = Thread {
                var options = Worker.Options()
                options.roles = roles
                let worker = Worker(pipeline: pipeline, options: options, log: Log(level: .info) { lines.add($0) })
                do { try worker.run(until: stop) } catch { lines.add("ended: \(error)\n") }
                ended.signal()
            }
            thread.start()
        }

        func end() { stop.set() }
        func wait() -> Bool { ended.wait(timeout: .now() + 30) == .success }

        /// What a role that fails says of it.
        func failure(of role: Role) -> String? {
            StatusFile.readAll(of: pipeline).lazy.flatMap(\.roles).first {
                $0.role == role && $0.condition == .failing
            }?.detail
        }
    }

    final class LogLines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        func count(_ text: String) -> Int { lines.withLock { lines in lines.filter { $0.contains(text) }.count } }
        var all: String { lines.withLock { $0.joined() } }
    }

    private func expect(
        _ what: String, _ worker: Running, within limit: Duration = .seconds(90), until isTrue: () throws -> Bool
    ) throws {
        let end = ContinuousClock.now + limit
        while try !isTrue() {
            try #require(ContinuousClock.now < end, "\(what): not within \(limit). \(worker.said.all.suffix(3000))")
            Thread.sleep(forTimeInterval: 0.1)
        }
    }

    private func events(_ hours: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
        (hours.lowerBound * 60..<hours.upperBound * 60).flatMap { minute in
            (0..<2).map { (Int32($0), IngestHarness.event(minute * 2 + $0, seconds: Double(minute) * 60)) }
        }
    }

    private func sealed(_ harness: IngestHarness, through hour: Int) throws -> Bool {
        let through = IngestHarness.base + .seconds(hour * 3600)
        return try Set(harness.seals().filter { $0.sealedThrough >= through }.map(\.partition)).count == 2
    }

    /// On an embedded cluster, as if it were any other.
    private func embedded(_ name: String, _ broker: EmbeddedCluster) throws -> IngestHarness {
        var harness = try IngestHarness(embedded: broker, name: name, partitions: 2)
        harness.pipeline.kafka.brokers = broker.brokers
        harness.pipeline.kafka.transactions = .never
        harness.pipeline.windows.idle = .seconds(100)
        return harness
    }

    @Test("brokers that cannot be reached at the start are waited for, and that is said once")
    func unreachableAtStart() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try embedded("unreachable", broker)
        defer { harness.removeFolder() }
        try harness.produce(harness.pipeline.events.topics[0], events(0..<4))
        try broker.takeDown(broker: 1)
        let worker = Running(harness.pipeline)
        defer { worker.end() }
        try expect("the trouble", worker) { worker.said.count("waiting for the broker") > 0 }
        #expect(worker.said.all.contains(broker.brokers))
        Thread.sleep(forTimeInterval: 3)
        // What changes in the library's words is no news.
        #expect(worker.said.count("waiting for the broker") < 4)
        try broker.bringUp(broker: 1)
        try expect("seals", worker) { try sealed(harness, through: 2) }
        worker.end()
        #expect(worker.wait())
    }

    @Test("brokers that go away for a while cost nothing but the while")
    func gone() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try embedded("gone", broker)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, events(0..<4))
        let worker = Running(harness.pipeline)
        defer { worker.end() }
        try expect("the first seals", worker) { try sealed(harness, through: 2) }
        try broker.takeDown(broker: 1)
        Thread.sleep(forTimeInterval: 10)
        try broker.bringUp(broker: 1)
        try harness.produce(topic, events(4..<8))
        try expect("seals of what came later", worker) { try sealed(harness, through: 6) }
        worker.end()
        #expect(worker.wait())
        #expect(try harness.audit(harness.seals()) == [])
        #expect(try harness.deadLetters().isEmpty)
    }

    @Test("a source topic that is not there is named, and waited for")
    func missingTopic() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        var harness = try embedded("missing", broker)
        defer { harness.removeFolder() }
        harness.pipeline.events.topics = ["not.yet.there"]
        let worker = Running(harness.pipeline)
        defer { worker.end() }
        try expect("the topic's name", worker) {
            worker.said.all.contains("waiting for source topics") && worker.said.all.contains("not.yet.there")
        }
        try broker.createTopic("not.yet.there", partitions: 2)
        try harness.produce("not.yet.there", events(0..<4))
        try expect("seals", worker) { try sealed(harness, through: 2) }
        worker.end()
        #expect(worker.wait())
    }

    @Test("a topic that may not be read is named by ingest's health; once it may, it is read on")
    func refused() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try embedded("refused", broker)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, events(0..<4))
        let worker = Running(harness.pipeline, roles: [.ingest])
        defer { worker.end() }
        try expect("the first seals", worker) { try sealed(harness, through: 2) }
        broker.failNext(request: 1, with: Array(repeating: .topicAuthorizationFailed, count: 40))
        var failure = ""
        try expect("the role's trouble", worker) {
            guard let detail = worker.failure(of: .ingest) else { return false }
            failure = detail
            return true
        }
        #expect(failure.contains("TOPIC_AUTHORIZATION_FAILED"), "\(failure)")
        broker.clearFailures(request: 1)
        try harness.produce(topic, events(4..<8))
        try expect("seals of what came later", worker) { try sealed(harness, through: 6) }
        worker.end()
        #expect(worker.wait())
        #expect(try harness.audit(harness.seals()) == [])
    }
}

/// What only a real broker does.
@Suite(
    .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized, .timeLimit(.minutes(4)))
struct RealBrokerTroubleTests {
    /// A member of a group that wants its membership alone.
    private final class Member: RebalanceHandler {
        var metadata: GroupMetadata?

        func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) -> [PartitionStart] {
            self.metadata = metadata
            return partitions.map { PartitionStart($0, .beginning) }
        }

        func revoked(_ partitions: [TopicPartition], lost: Bool) {}
    }

    /// A pipeline that has read its topic up to some offset, and whose topic begins at 300 by now.
    private func harnessWithLoss(_ name: String) throws -> (harness: IngestHarness, decided: Int64) {
        let server = try KafkaServer.shared()
        let harness = try IngestHarness(brokers: server.brokers, name: name, partitions: 1)
        let topic = harness.pipeline.events.topics[0]
        func events(_ minutes: Range<Int>) -> [(partition: Int32, value: [UInt8]?)] {
            minutes.map { (Int32(0), IngestHarness.event($0, seconds: Double($0) * 60)) }
        }
        let stamp = IngestHarness.base.microseconds / 1000
        try harness.produce(topic, events(0..<240), timestamp: stamp)
        let first = IngestHarness.base + .seconds(3 * 3600)
        #expect(try harness.run { try harness.seals().contains { $0.sealedThrough >= first } })
        let decided = try #require(try harness.seals().map(\.nextOffset).max())
        try harness.produce(topic, events(240..<480), timestamp: stamp)
        try server.deleteRecords(topic, 0, before: 300)
        return (harness, decided)
    }

    private func checkLoss(_ harness: IngestHarness, decided: Int64) throws {
        let second = IngestHarness.base + .seconds(7 * 3600)
        #expect(try harness.run { try harness.seals().contains { $0.sealedThrough >= second } })
        let report = try Auditor(PipelineConnection(harness.pipeline)).audit()
        #expect(report.partitions.map(\.lost) == [300 - Int(decided)])
        let lost = report.faults.filter { $0.code == .lostRecords }
        #expect(
            lost.map(\.message)
                == ["offsets \(decided) to 299 were removed by the topic's retention before they were read"])
        // Nothing else is wrong but the rows of windows that were open then.
        #expect(report.faults.allSatisfy { [.lostRecords, .disagreement, .gap].contains($0.code) }, "\(report.faults)")
        // One seal says it: what was not read, and what windows that were open needed again.
        let said = try harness.seals().compactMap(\.lost)
        #expect(said.map(\.lastOffset) == [299])
        #expect(said.allSatisfy { $0.firstOffset <= decided && $0.topic == harness.pipeline.events.topics[0] })
    }

    @Test("records that retention removed before they were read are a gap that is said, audited and passed over")
    func lostRecords() throws {
        let (harness, decided) = try harnessWithLoss("lost")
        defer { harness.removeFolder() }
        try checkLoss(harness, decided: decided)
    }

    @Test("or, where the pipeline says so, stop ingest, which names them and what to do")
    func lostRecordsFail() throws {
        let (harness, decided) = try harnessWithLoss("stopped")
        defer { harness.removeFolder() }
        var strict = harness.pipeline
        strict.lostRecords = .fail
        let seals = try harness.seals()
        let worker = BrokerTroubleTests.Running(strict, roles: [.ingest])
        defer { worker.end() }
        let end = ContinuousClock.now + .seconds(60)
        while worker.failure(of: .ingest) == nil {
            try #require(ContinuousClock.now < end, "\(worker.said.all.suffix(2000))")
            Thread.sleep(forTimeInterval: 0.1)
        }
        let detail = worker.failure(of: .ingest) ?? ""
        #expect(detail.contains("to 299 of \(harness.pipeline.events.topics[0])/0"), "\(detail)")
        #expect(detail.contains("lost_records: record"), "\(detail)")
        worker.end()
        #expect(worker.wait())
        #expect(try harness.seals() == seals)
        // The other policy goes on from there.
        try checkLoss(harness, decided: decided)
    }

    @Test("a control topic that takes smaller messages than are sent is refused before anything starts")
    func smallControlTopic() throws {
        let harness = try IngestHarness(brokers: KafkaServer.shared().brokers, name: "small", partitions: 1)
        defer { harness.removeFolder() }
        let setup = TopicSetup(pipeline: harness.pipeline, cluster: harness.cluster, log: harness.log)
        #expect(try setup.await(stop: StopSignal()))
        let name = Arrow.deadLetters.topic(of: harness.pipeline.name)
        try KafkaServer.shared().tool(
            "kafka-configs",
            [
                "--alter", "--entity-type", "topics", "--entity-name", name, "--add-config",
                "max.message.bytes=200000",
            ])
        let error = #expect(throws: WorkerError.self) { try setup.await(stop: StopSignal()) }
        #expect(error?.code == .invalidTopic)
        #expect(error?.message.contains("\(name) takes messages of 200000 bytes at most") == true)
        #expect(error?.message.contains("max.message.bytes=1048588") == true)
    }

    @Test("a worker that is fenced by another of its name says that it is, and who is meant")
    func fenced() throws {
        let harness = try IngestHarness(brokers: KafkaServer.shared().brokers, name: "fenced", partitions: 1)
        defer { harness.removeFolder() }
        let first = try harness.cluster.outbox(for: .ingest, instance: "0")
        defer { first.close() }
        let second = try harness.cluster.outbox(for: .ingest, instance: "0")
        defer { second.close() }
        let consumer = try Consumer(
            group: Role.ingest.group(of: harness.pipeline.name), settings: harness.cluster.settings(for: "test"))
        defer { consumer.close() }
        let member = Member()
        try consumer.subscribe(to: harness.pipeline.events.topics, handler: member)
        let batch = MessageBatch(capacity: 10)
        let end = ContinuousClock.now + .seconds(60)
        while member.metadata == nil, ContinuousClock.now < end {
            try consumer.poll(into: batch, timeout: .milliseconds(100))
        }
        let metadata = try #require(member.metadata)
        let record = OutgoingRecord(
            topic: Arrow.slices.topic(of: harness.pipeline.name), partition: 0, key: nil, value: [1])
        let error = #expect(throws: WorkerError.self) {
            _ = try first.commit([record], offsets: [], consumer: consumer, metadata: metadata)
        }
        #expect(error?.code == .fenced)
        #expect(error?.message.contains("--instance") == true)
        #expect(error?.message.contains("\(harness.pipeline.name).ingest.0") == true)
        _ = try second.commit([record], offsets: [], consumer: consumer, metadata: metadata)
    }
}
