import Foundation
import HTTPServer
import Kafka
import Millrace
import Synchronization
import Testing

@testable import MillraceWorker

/// A live pipeline on an embedded broker whose spans are short, and what its alerts say: in the topic, and to a webhook.
final class AlertScene {
    let broker: EmbeddedCluster
    var harness: IngestHarness
    private let server: HTTPServer
    private let posts = Posts()
    private var worker: (stop: StopSignal, isDone: DispatchSemaphore)?
    private var isBrokerClosed = false

    final class Posts: Sendable {
        let bodies = Mutex<[(key: String, body: [UInt8])]>([])
        /// Requests that are answered with 503 before one is taken.
        let refusals = Mutex(0)
    }

    /// - Parameter patience: what the rules' spans are multiplied by.
    init(
        _ name: String, patience: Double, partitions: Int = 2, labels: Bool = false,
        change: (inout Pipeline) -> Void = { _ in }
    ) throws {
        broker = try EmbeddedCluster()
        harness = try IngestHarness(embedded: broker, name: name, partitions: partitions)
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
        harness.pipeline.kafka.brokers = broker.brokers
        harness.pipeline.kafka.transactions = .never
        harness.pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
        harness.pipeline.observe.interval = .milliseconds(250)
        harness.pipeline.alerts.patience = patience
        harness.pipeline.alerts.webhook = "http://127.0.0.1:\(server.port)/alerts"
        if labels {
            harness.pipeline.labels = LabelSource(
                topics: ["\(name).labels"], eventField: "id", reportedField: "reported", valueField: "fraud")
            try broker.createTopic("\(name).labels", partitions: 1)
        }
        change(&harness.pipeline)
    }

    deinit {
        stop()
        if !isBrokerClosed { broker.close() }
        server.stop()
        harness.removeFolder()
    }

    func refuseWebhook(times: Int) { posts.refusals.withLock { $0 = times } }

    func start(_ roles: Set<Role> = Set(Role.allCases)) {
        let (stop, isDone) = (StopSignal(), DispatchSemaphore(value: 0))
        var options = Worker.Options()
        options.roles = roles
        let (pipeline, chosen) = (harness.pipeline, options)
        let thread = Thread {
            try? Worker(pipeline: pipeline, options: chosen, log: Log(level: .error)).run(until: stop)
            isDone.signal()
        }
        thread.start()
        worker = (stop, isDone)
    }

    func stop() {
        guard let worker else { return }
        worker.stop.set()
        _ = worker.isDone.wait(timeout: .now() + 30)
        self.worker = nil
    }

    func closeBroker() {
        isBrokerClosed = true
        broker.close()
    }

    // MARK: What happens

    /// Minutes of events, one a minute in every partition.
    func produce(minutes: Range<Int>, partitions: Range<Int32> = 0..<2, ids first: Int = 0) throws {
        try harness.produce(
            harness.pipeline.events.topics[0],
            minutes.flatMap { minute in
                partitions.map { ($0, IngestHarness.event(first + minute * 2 + Int($0), seconds: Double(minute) * 60)) }
            })
    }

    func produce(_ values: [String], to topic: String? = nil) throws {
        try harness.produce(
            topic ?? harness.pipeline.events.topics[0], values.map { (Int32(0), Optional(Array($0.utf8))) })
    }

    func commit(_ role: Role, _ offsets: [(topic: String, partition: Int32, offset: Int64)]) throws {
        let consumer = try Consumer(
            group: role.group(of: harness.pipeline.name), settings: harness.cluster.settings(for: "test"))
        defer { consumer.close() }
        try consumer.commit(
            offsets.map { CommittedOffset(TopicPartition($0.topic, $0.partition), offset: $0.offset) })
    }

    func send(_ payload: some Payload, to arrow: Arrow, from source: String = "/test") throws {
        try send(MessageCodec.encode(payload, pipeline: harness.pipeline.name, from: source, to: arrow))
    }

    func send(_ record: OutgoingRecord) throws {
        let producer = try Producer(settings: harness.cluster.controlSettings(for: "test"))
        defer { producer.close() }
        try producer.send(record)
        try producer.flush()
        try producer.takeReport().check()
    }

    // MARK: What is said

    func messages(_ arrow: Arrow) throws -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        try TopicFold(settings: harness.cluster.controlSettings(for: "test-fold")).run(
            topic: arrow.topic(of: harness.pipeline.name)
        ) {
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
        within limit: Duration = .seconds(60), _ meanwhile: () throws -> Void = {}, until condition: () throws -> Bool
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
        try wait(meanwhile) { try book().firing.contains { $0.key == key } }
    }

    func isOver(_ key: AlertKey, _ meanwhile: () throws -> Void = {}) throws -> Bool {
        try wait(meanwhile) { try book().entries[key]?.isFiring == false }
    }
}
