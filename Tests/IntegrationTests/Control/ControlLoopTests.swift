import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Answers each `partitions.changed` of `retrain` with one in `models`; the simplest handler there is.
private final class Echo: ControlHandler {
    let role = Role.train
    let inputs: [Arrow] = [.retrain]
    let folds: [Arrow] = [.models]
    var folded: [String] = []
    var isWorking = false
    var waiting: [(offset: Int64, payload: PartitionsChanged)] = []
    var positions: [Arrow: Int64] = [:]

    func reset() { (folded, waiting, isWorking, positions) = ([], [], false, [:]) }
    func fold(_ record: ControlRecord) throws(MessageError) {
        folded.append(try record.message.payload(PartitionsChanged.self).topic)
    }
    func start() -> [Arrow: Int64] { [:] }
    func receive(_ record: ControlRecord) throws(MessageError) {
        let payload = try record.message.payload(PartitionsChanged.self)
        if !folded.contains(payload.topic) { waiting.append((record.offset, payload)) }
        if waiting.isEmpty { positions[.retrain] = record.offset + 1 }
    }
    func skip(_ arrow: Arrow, offset: Int64) { if waiting.isEmpty { positions[arrow] = offset + 1 } }
    func next(now: Timestamp) throws -> ControlAction? {
        guard let first = waiting.first, !isWorking else { return nil }
        isWorking = true
        return .work(name: "echo \(first.payload.topic)") { _ in
            try MessageCodec.encode(first.payload, pipeline: "echo", from: "/test", to: .models)
        }
    }
    func finished(_ result: Result<any Sendable, any Error>) {
        guard case .success(let record as OutgoingRecord) = result else { return }
        done = record
    }
    var done: OutgoingRecord?
}

extension Echo {
    func takeDone() -> ControlAction? {
        guard let record = done else { return nil }
        done = nil
        let offset = waiting.removeFirst().offset + 1
        return .publish([record], positions: [.retrain: offset]) { [self] _ in
            isWorking = false
            positions[.retrain] = offset
        }
    }
}

/// Puts the finished work out before anything else is asked.
private final class EchoHandler: ControlHandler {
    let echo = Echo()
    var role: Role { echo.role }
    var inputs: [Arrow] { echo.inputs }
    var folds: [Arrow] { echo.folds }
    func reset() { echo.reset() }
    func fold(_ record: ControlRecord) throws(MessageError) { try echo.fold(record) }
    func start() -> [Arrow: Int64] { echo.start() }
    func receive(_ record: ControlRecord) throws(MessageError) { try echo.receive(record) }
    func skip(_ arrow: Arrow, offset: Int64) { echo.skip(arrow, offset: offset) }
    func next(now: Timestamp) throws -> ControlAction? { try echo.takeDone() ?? echo.next(now: now) }
    func finished(_ result: Result<any Sendable, any Error>) { echo.finished(result) }
    var positions: [Arrow: Int64] { echo.positions }
}

@Suite(.serialized) struct ControlLoopTests {
    let broker: EmbeddedCluster
    let cluster: Cluster

    init() throws {
        broker = try EmbeddedCluster()
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: "echo"), partitions: 1) }
        var pipeline = Pipeline(
            name: "echo", folder: "unused",
            events: EventSource(topics: [], timeColumn: "t", idColumn: "i", columns: []),
            registry: .init(path: "unused"))
        pipeline.kafka.brokers = "embedded"
        cluster = Cluster(pipeline, address: broker.brokers)
    }

    private func send(_ records: [OutgoingRecord]) throws {
        let producer = try Producer(settings: cluster.controlSettings(for: "test"))
        for record in records { try producer.send(record) }
        try producer.flush()
        producer.close()
    }

    private func read(_ arrow: Arrow) throws -> [Message] {
        var messages: [Message] = []
        try TopicFold(settings: cluster.controlSettings(for: "test")).run(topic: arrow.topic(of: "echo")) {
            messages.append($0.message)
        }
        return messages
    }

    private func request(_ name: String) throws -> OutgoingRecord {
        try MessageCodec.encode(
            PartitionsChanged(topic: name, oldCount: 1, newCount: 2, firstWindowStart: nil), pipeline: "echo",
            from: "/test", to: .retrain)
    }

    /// Runs the loop until the condition holds, then stops it.
    private func run(until condition: () throws -> Bool) throws -> Bool {
        let stop = StopSignal()
        let loop = ControlLoop(
            handler: EchoHandler(), cluster: cluster, deadLetters: .init(), instance: "0", log: Log { _ in },
            stop: stop, health: RoleHealth(role: .train))
        let running = RunningService(loop)
        let deadline = ContinuousClock.now + .seconds(30)
        var holds = false
        while !holds, ContinuousClock.now < deadline { holds = try condition() }
        stop.set()
        return running.wait(until: .now + .seconds(10)) && holds
    }

    @Test func everyRequestIsAnsweredOnceAlsoByTheNextLife() throws {
        try send([request("a"), request("b")])
        #expect(try run { try read(.models).count == 2 })
        try send([request("a"), request("c")])
        #expect(try run { try read(.models).count >= 3 })
        let answers = try read(.models).map {
            try MessageCodec.decode(headers: $0.headers.map(OutgoingRecord.Header.init), value: $0.value)
                .payload(PartitionsChanged.self).topic
        }
        #expect(answers == ["a", "b", "c"])
        broker.close()
    }

    @Test func aMalformedMessageBecomesADeadLetterAndStopsNothing() throws {
        var broken = try request("x")
        broken.value = Array("{".utf8)
        let naked = OutgoingRecord(topic: broken.topic, partition: 0, key: nil, value: Array("hello".utf8))
        var foreign = try request("y")
        foreign.headers.removeAll { $0.name == "ce_type" }
        foreign.headers.append(.init("ce_type", "dev.millrace.something.else.v9"))
        try send([broken, naked, foreign, request("z")])
        #expect(try run { try read(.models).count == 1 && read(.deadLetters).count == 2 })
        let letters = try read(.deadLetters).compactMap {
            DeadLetter(headers: $0.headers.map(OutgoingRecord.Header.init), key: $0.key, value: $0.value)
        }
        #expect(
            letters.map(\.code) == ["malformed-message", "invalid-data"]
                || letters.map(\.code) == ["invalid-data", "malformed-message"])
        #expect(Set(letters.map(\.offset)) == [0, 1])
        broker.close()
    }

    @Test func whatCannotBeReadIsSetAsideOnceAlsoByTheNextLife() throws {
        var large = try request("x")
        large.headers.append(.init("note", String(repeating: "x", count: MessageCodec.maximumRequestBytes)))
        let naked = OutgoingRecord(topic: large.topic, partition: 0, key: nil, value: Array("hello".utf8))
        try send([large, naked])
        #expect(try run { try read(.deadLetters).count == 2 })
        try send([request("y")])
        #expect(try run { try read(.models).count == 1 })
        let letters = try read(.deadLetters).compactMap {
            DeadLetter(headers: $0.headers.map(OutgoingRecord.Header.init), key: $0.key, value: $0.value)
        }
        #expect(letters.map(\.code) == ["too-large", "malformed-message"])
        broker.close()
    }
}

@Suite("A role on a real broker", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct ControlTakeoverTests {
    @Test("is taken over with all that its former owner committed, however late that shows")
    func takeover() throws {
        var pipeline = Pipeline(
            name: "echo", folder: "unused",
            events: EventSource(topics: [], timeColumn: "t", idColumn: "i", columns: []),
            registry: .init(path: "unused"))
        pipeline.kafka.brokers = try KafkaServer.shared().brokers
        let cluster = Cluster(pipeline)
        let settings = cluster.controlSettings(for: "test")
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        try admin.createTopics(Arrow.allCases.map { NewTopic(arrow: $0, pipeline: pipeline) })
        func record(_ name: String, to arrow: Arrow) throws -> OutgoingRecord {
            try MessageCodec.encode(
                PartitionsChanged(topic: name, oldCount: 1, newCount: 2, firstWindowStart: nil), pipeline: "echo",
                from: "/test", to: arrow)
        }
        let plain = try Producer(settings: settings)
        defer { plain.close() }
        // The same request twice: whoever knows its answer gives none to the second.
        for name in ["a", "a", "b"] { try plain.send(record(name, to: .retrain)) }
        try plain.flush()

        let owner = try Consumer(group: Role.train.group(of: "echo"), settings: settings)
        try owner.subscribe(to: [Arrow.retrain.topic(of: "echo")], handler: nil)
        let batch = MessageBatch(capacity: 10)
        while owner.assignment.isEmpty { try owner.poll(into: batch, timeout: .milliseconds(100)) }
        let producer = try TransactionalProducer(transactionalID: "former", settings: settings)
        try producer.initialise()
        try producer.begin()
        try producer.send(record("a", to: .models))
        let answered = CommittedOffset(TopicPartition(Arrow.retrain.topic(of: "echo"), 0), offset: 1)
        try producer.sendOffsets([answered], metadata: #require(owner.groupMetadata))
        try producer.flush()
        batch.release()
        owner.close()

        let stop = StopSignal()
        let loop = ControlLoop(
            handler: EchoHandler(), cluster: cluster, deadLetters: .init(), instance: "successor", log: Log { _ in },
            stop: stop, health: RoleHealth(role: .train))
        let running = RunningService(loop)
        Thread.sleep(forTimeInterval: 3)
        try producer.commit()
        producer.close()
        func answers() throws -> [String] {
            var names: [String] = []
            try TopicFold(settings: settings).run(topic: Arrow.models.topic(of: "echo")) {
                names.append(
                    try MessageCodec.decode(
                        headers: $0.message.headers.map(OutgoingRecord.Header.init), value: $0.message.value
                    ).payload(PartitionsChanged.self).topic)
            }
            return names
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while try !answers().contains("b"), ContinuousClock.now < deadline {}
        #expect(try answers() == ["a", "b"])
        stop.set()
        #expect(running.wait(until: .now + .seconds(10)))
    }

    @Test("sees what was committed behind the transaction of an owner that stands still")
    func behindAnOpenTransaction() throws {
        var pipeline = Pipeline(
            name: "behind", folder: "unused",
            events: EventSource(topics: [], timeColumn: "t", idColumn: "i", columns: []),
            registry: .init(path: "unused"))
        pipeline.kafka.brokers = try KafkaServer.shared().brokers
        let cluster = Cluster(pipeline)
        var settings = cluster.controlSettings(for: "test")
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        try admin.createTopics([NewTopic(arrow: .models, pipeline: pipeline)])
        func record(_ name: String) throws -> OutgoingRecord {
            try MessageCodec.encode(
                PartitionsChanged(topic: name, oldCount: 1, newCount: 2, firstWindowStart: nil), pipeline: "behind",
                from: "/test", to: .models)
        }
        (settings.transactionTimeout, settings.requestTimeout) = (.seconds(10), .seconds(8))
        let still = try TransactionalProducer(transactionalID: "still", settings: settings)
        defer { still.close() }
        try still.initialise()
        try still.begin()
        try still.send(record("never"))
        try still.flush()
        let next = try TransactionalProducer(transactionalID: "next", settings: settings)
        defer { next.close() }
        try next.initialise()
        try next.transaction { try $0.send(record("decided")) }

        let consumer = try Consumer(group: Role.train.group(of: "behind"), settings: settings)
        defer { consumer.close() }
        try FormerOwner(cluster: cluster, consumer: consumer).awaitMarkers(of: [.models], output: .models)
        var names: [String] = []
        try TopicFold(settings: settings).run(topic: Arrow.models.topic(of: "behind")) {
            names.append(
                try MessageCodec.decode(
                    headers: $0.message.headers.map(OutgoingRecord.Header.init), value: $0.message.value
                ).payload(PartitionsChanged.self).topic)
        }
        #expect(names == ["decided"])
    }
}
