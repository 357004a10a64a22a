import Foundation
import HTTPServer
import Kafka
import Millrace
import Synchronization
import TestSupport
import Testing

@testable import MillraceCommand
@testable import MillraceWorker

/// A live pipeline whose spans are short, and what its alerts say: in the topic, and to a webhook.
final class AlertScene {
    let pipeline: Pipeline
    private let cluster: Cluster
    /// nil on a real broker.
    private let broker: EmbeddedCluster?
    private let server: HTTPServer
    private let posts = Posts()
    private var worker: (stop: StopSignal, isDone: DispatchSemaphore, pages: ServedPages?)?
    private var isBrokerClosed = false

    final class Posts: Sendable {
        let bodies = Mutex<[(key: String, body: [UInt8])]>([])
        /// Requests that are answered with 503 before one is taken.
        let refusals = Mutex(0)
    }

    /// Of events, on an embedded broker.
    /// - Parameter patience: what the rules' spans are multiplied by.
    convenience init(
        _ name: String, patience: Double, partitions: Int = 2, labels: Bool = false,
        change: (inout Pipeline) -> Void = { _ in }
    ) throws {
        let broker = try EmbeddedCluster()
        let harness = try IngestHarness(embedded: broker, name: name, partitions: partitions)
        var pipeline = harness.pipeline
        if labels {
            pipeline.labels = LabelSource(
                topics: ["\(name).labels"], eventField: "id", reportedField: "reported", valueField: "fraud")
            try broker.createTopic("\(name).labels", partitions: 1)
        }
        try self.init(pipeline, harness.cluster, broker, patience: patience, change: change)
    }

    /// Of events in one partition, on a real broker: where members of groups can be seen, and records are removed.
    convenience init(_ name: String, on server: KafkaServer, patience: Double) throws {
        let harness = try IngestHarness(brokers: server.brokers, name: name, partitions: 1)
        try self.init(harness.pipeline, harness.cluster, nil, patience: patience) { _ in }
    }

    /// Of datasets, on an embedded broker.
    convenience init(_ bench: LearningBench, _ broker: EmbeddedCluster, patience: Double) throws {
        for topic in bench.pipeline.events.topics + (bench.pipeline.labels?.topics ?? []) {
            try broker.createTopic(topic, partitions: 1)
        }
        try self.init(bench.pipeline, bench.cluster, broker, patience: patience) { _ in }
    }

    private init(
        _ pipeline: Pipeline, _ cluster: Cluster, _ broker: EmbeddedCluster?, patience: Double,
        change: (inout Pipeline) -> Void
    ) throws {
        let posts = posts
        server = try HTTPServer.start(HTTPServerSettings()) { request in
            let isRefused = posts.refusals.withLock { refusals in
                defer { refusals = max(0, refusals - 1) }
                return refusals > 0
            }
            if isRefused { return HTTPResponse(status: 503) }
            posts.bodies.withLock { $0.append((request.headers["Idempotency-Key"] ?? "", request.body)) }
            return HTTPResponse(status: 200)
        }
        var pipeline = pipeline
        if let broker {
            pipeline.kafka.brokers = broker.brokers
            pipeline.kafka.transactions = .never
        }
        if pipeline.features.isEmpty {
            pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        }
        pipeline.observe.interval = .milliseconds(250)
        // The same over restarts, as for those who scrape it.
        pipeline.http.listen = .at(ListenAddress(host: "127.0.0.1", port: UInt16(try FreePorts.find(1)[0])))
        pipeline.alerts.patience = patience
        pipeline.alerts.webhook = "http://127.0.0.1:\(server.port)/alerts"
        change(&pipeline)
        (self.pipeline, self.cluster, self.broker) = (pipeline, cluster, broker)
    }

    deinit {
        stop()
        if !isBrokerClosed { broker?.close() }
        server.stop()
        try? FileManager.default.removeItem(atPath: pipeline.folder)
    }

    func refuseWebhook(times: Int) { posts.refusals.withLock { $0 = times } }

    func start(_ roles: Set<Role> = Set(Role.allCases)) throws {
        let (stop, isDone) = (StopSignal(), DispatchSemaphore(value: 0))
        var options = Worker.Options()
        options.roles = roles
        let log = Log(level: .error)
        // Handed over to its thread; the pages ask its board and its status alone, which are made for that.
        nonisolated(unsafe) let worker = Worker(pipeline: pipeline, options: options, log: log)
        let pages = try WebService.start(worker, pipeline: pipeline, options: options, log: log)
        let thread = Thread {
            try? worker.run(until: stop)
            isDone.signal()
        }
        thread.start()
        self.worker = (stop, isDone, pages)
    }

    func stop() {
        guard let worker else { return }
        worker.stop.set()
        _ = worker.isDone.wait(timeout: .now() + 30)
        worker.pages?.stop()
        self.worker = nil
    }

    /// A Prometheus that scrapes the worker and evaluates the rules that we ship, with `for` of two seconds; nil where
    /// none is installed.
    func prometheus() throws -> Prometheus? {
        guard Prometheus.isAvailable, let port = worker?.pages?.port else { return nil }
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../deploy/prometheus/millrace.rules.yml")
        let rules = try String(contentsOf: file, encoding: .utf8).replacing(#/for: \d+[mh]/#, with: "for: 2s")
        return try Prometheus(scraping: Int(port), rules: rules)
    }

    func closeBroker() {
        isBrokerClosed = true
        broker?.close()
    }

    // MARK: What happens

    /// Minutes of events, one a minute in every partition.
    func produce(minutes: Range<Int>, partitions: Range<Int32> = 0..<2, ids first: Int = 0) throws {
        try produce(
            events,
            minutes.flatMap { minute in
                partitions.map { ($0, IngestHarness.event(first + minute * 2 + Int($0), seconds: Double(minute) * 60)) }
            })
    }

    func produce(_ values: [String], to topic: String? = nil) throws {
        try produce(topic ?? events, values.map { (Int32(0), Array($0.utf8)) })
    }

    /// A label a minute, known at that minute: neither reported nor written later.
    func label(minutes: Range<Int>, of event: (Int) -> Int) throws {
        let producer = try Producer(settings: cluster.settings(for: "test-producer"))
        defer { producer.close() }
        for minute in minutes {
            let time = IngestHarness.base + .seconds(minute * 60)
            let text = "{\"id\":\(event(minute)),\"reported\":\"\(time)\",\"fraud\":1}"
            try producer.send(
                to: pipeline.labels!.topics[0], partition: 0, value: Array(text.utf8),
                timestampMilliseconds: time.microseconds / 1000)
        }
        try producer.flush()
    }

    private func produce(_ topic: String, _ values: [(partition: Int32, value: [UInt8])]) throws {
        let producer = try Producer(settings: cluster.settings(for: "test-producer"))
        defer { producer.close() }
        for (partition, value) in values { try producer.send(to: topic, partition: partition, value: value) }
        try producer.flush()
        try producer.takeReport().check()
    }

    var events: String { pipeline.events.topics[0] }

    func commit(_ role: Role, _ offsets: [(topic: String, partition: Int32, offset: Int64)]) throws {
        let consumer = try member(of: role)
        defer { consumer.close() }
        try consumer.commit(
            offsets.map { CommittedOffset(TopicPartition($0.topic, $0.partition), offset: $0.offset) })
    }

    /// Of a role's group, once it subscribes.
    func member(of role: Role) throws -> Consumer {
        try Consumer(group: role.group(of: pipeline.name), settings: cluster.settings(for: "test"))
    }

    /// - Parameter ago: how long ago it is to have been written.
    func send(_ payload: some Payload, to arrow: Arrow, from source: String = "/test", ago: Duration = .zero) throws {
        var record = try MessageCodec.encode(payload, pipeline: pipeline.name, from: source, to: arrow)
        if ago > .zero { record.timestampMilliseconds = (Timestamp.now - ago).microseconds / 1000 }
        try send(record)
    }

    func send(_ record: OutgoingRecord) throws {
        let producer = try Producer(settings: cluster.controlSettings(for: "test"))
        defer { producer.close() }
        try producer.send(record)
        try producer.flush()
        try producer.takeReport().check()
    }

    // MARK: What is said

    func messages(_ arrow: Arrow) throws -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        try TopicFold(settings: cluster.controlSettings(for: "test-fold")).run(topic: arrow.topic(of: pipeline.name)) {
            messages.append(
                try MessageCodec.decode(
                    headers: $0.message.headers.map(OutgoingRecord.Header.init), value: $0.message.value))
        }
        return messages
    }

    func book() throws -> AlertBook {
        var book = AlertBook()
        for message in try messages(.alerts) { try book.fold(message) }
        return book
    }

    /// All that ever fired.
    func fired() throws -> Set<AlertKey> {
        Set(try messages(.alerts).filter { $0.isA(AlertFired.self) }.map { try $0.payload(AlertFired.self).key })
    }

    /// What the webhook was told, in order: `firing MillraceLagGrowing/ingest`.
    var posted: [String] {
        posts.bodies.withLock { $0 }.compactMap { post in
            guard let object = try? JSONSerialization.jsonObject(with: Data(post.body)) as? [String: Any],
                let status = object["status"] as? String, let alert = object["alert"] as? String,
                let subject = object["subject"] as? String, object["id"] as? String == post.key
            else { return nil }
            return "\(status) \(AlertKey(alert: alert, subject: subject))"
        }
    }

    /// Waits for a condition, doing something meanwhile.
    func wait(
        within limit: Duration = .seconds(120), _ meanwhile: () throws -> Void = {}, until condition: () throws -> Bool
    ) throws -> Bool {
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if try condition() { return true }
            try meanwhile()
            Thread.sleep(forTimeInterval: 0.25)
        }
        return try condition()
    }

    func fires(_ key: AlertKey, _ meanwhile: () throws -> Void = {}) throws -> Bool {
        try wait(meanwhile) { said(last: key) == "firing \(key)" }
    }

    func isOver(_ key: AlertKey, _ meanwhile: () throws -> Void = {}) throws -> Bool {
        try wait(meanwhile) { said(last: key) == "resolved \(key)" }
    }

    private func said(last key: AlertKey) -> String? { posted.last { $0.hasSuffix(" \(key)") } }
}
