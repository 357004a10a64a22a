import Kafka
import Millrace

/// Has the rules judge what the role `observe` sees, writes what they say into the topic `alerts`, and has the webhook
/// told. Used by the observing thread.
///
/// The topic is the memory: a message sent twice has the same id, and each life begins by folding the topic.
final class AlertDesk {
    /// Of messages that wait for brokers to answer. What fires without them are a few rules.
    private static let capacity = 1000

    private let pipeline: Pipeline
    private let instance: String
    private let log: Log
    private var machine: AlertMachine
    private let webhook: AlertWebhook?
    private var producer: Producer?
    private var last: AlertValues?
    private var outgoing: [OutgoingRecord] = []

    init(pipeline: Pipeline, instance: String, log: Log) {
        self.pipeline = pipeline
        self.instance = instance
        self.log = log
        machine = AlertMachine(pipeline: pipeline.name, instance: instance, settings: pipeline.alerts)
        webhook = pipeline.alerts.webhook.map {
            AlertWebhook(
                address: $0, headers: pipeline.alerts.headers, pipeline: pipeline.name, instance: instance, log: log)
        }
    }

    func close() { webhook?.close() }

    /// Says what was found while no broker answered, and reads what has been said.
    func begin(_ connection: PipelineConnection, _ reader: ControlReader) throws {
        producer = try Producer(settings: connection.controlSettings(for: "alerts"))
        try send()
        var book = AlertBook()
        try reader.readAll([.alerts]) { fold($0) { try book.fold($0) } }
        machine.begin(with: book)
    }

    func end() {
        producer?.close(within: .seconds(1))
        producer = nil
    }

    /// What came into the topic: from here, or from another process.
    func take(_ records: [ControlRecord]) {
        for record in records where record.arrow == .alerts { fold(record) { try machine.fold($0) } }
    }

    private func fold(_ record: ControlRecord, _ body: (ReceivedMessage) throws -> Void) {
        do {
            try body(record.message)
        } catch {
            log.debug("alerts", "passed over a message", ["offset": record.offset, "error": error])
        }
    }

    func look(_ entry: ObservationBoard.Entry) throws {
        judge(
            AlertValues(entry.observation, view: entry.view, pipeline: pipeline, deadLetters: entry.deadLetters))
        try send()
    }

    /// What was seen last is all there is; it grows old.
    func lookWithoutBrokers() {
        guard var values = last else { return }
        values.time = .now
        judge(values)
    }

    private func judge(_ values: AlertValues) {
        var values = values
        values.processes = StatusFile.readAll(of: pipeline).map { content in
            .init(
                instance: content.instance, failing: content.roles.filter { $0.condition == .failing }.map(\.role),
                isPaused: content.ingest?.paused != nil)
        }
        values.disks = [("pipeline", pipeline.folder), ("registry", pipeline.registry.path)].compactMap { name, path in
            DiskRoom(of: path).map { room in
                .init(
                    name: "\(instance)/\(name)", freeBytes: Double(room.freeBytes), sizeBytes: Double(room.sizeBytes))
            }
        }
        last = values
        for change in machine.evaluate(values) {
            switch change {
            case .fired(let fired):
                log.warning(
                    "alerts", "fired",
                    ["alert": fired.alert, "subject": fired.subject, "number": fired.number, "since": fired.since])
                queue(fired, about: "\(fired.key)")
            case .resolved(let resolved):
                log.info(
                    "alerts", "resolved",
                    ["alert": resolved.alert, "subject": resolved.subject, "number": resolved.number])
                queue(resolved, about: "\(resolved.key)")
            }
        }
        for told in webhook?.tell(machine.book.untold) ?? [] {
            machine.fold(told)
            queue(told, about: "\(told.key)")
        }
        if let sign = machine.signOfLife(values) { queue(sign, about: pipeline.name) }
    }

    private func queue(_ payload: some Payload, about subject: String) {
        do {
            outgoing.append(
                try MessageCodec.encode(
                    payload, pipeline: pipeline.name, from: Role.observe.source(of: pipeline.name), to: .alerts,
                    subject: subject, time: .now))
            outgoing.removeFirst(max(0, outgoing.count - Self.capacity))
        } catch {
            log.error("alerts", "cannot write a message", ["error": error])
        }
    }

    private func send() throws {
        guard let producer, !outgoing.isEmpty else { return }
        _ = producer.takeReport()
        for record in outgoing { try producer.send(record) }
        try producer.flush(within: .seconds(5))
        try producer.takeReport().check()
        outgoing.removeAll()
    }
}
