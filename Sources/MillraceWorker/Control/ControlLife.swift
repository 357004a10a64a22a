import Foundation
import Kafka
import Millrace

/// One life of a role's loop: from joining the group to leaving it.
final class ControlLife: RebalanceHandler {
    private let loop: ControlLoop
    private var handler: any ControlHandler { loop.handler }
    private let consumer: Consumer
    private var outbox: any Outbox
    private var notices: Producer?
    private let batch = MessageBatch(capacity: 500)

    private var metadata: GroupMetadata?
    private var inbox = ControlInbox()
    /// What was committed when the role was taken over: what cannot be read before it has been set aside already.
    private var dealtWith: [Arrow: Int64] = [:]
    /// Dead letters of control messages, and the positions behind them, go out with the next publication.
    private var pendingDeadLetters: [OutgoingRecord] = []
    private var paused: Set<Arrow> = []
    private var work: Work?
    private var committed: [Arrow: Int64] = [:]
    private var lastCommit = ContinuousClock.now

    init(_ loop: ControlLoop) throws {
        self.loop = loop
        let role = loop.handler.role
        var settings = loop.cluster.controlSettings(for: role.rawValue)
        settings.groupInstanceID = loop.cluster.groupInstance(of: role, instance: loop.instance)
        consumer = try Consumer(group: role.group(of: loop.cluster.pipeline), settings: settings)
        outbox = try loop.cluster.outbox(for: role, instance: loop.instance)
        try consumer.subscribe(
            to: loop.handler.inputs.map { $0.topic(of: loop.cluster.pipeline) }, handler: self)
        loop.health.waiting("joining the group")
    }

    func close() {
        abandonWork(isOwner: metadata != nil, inOrder: loop.stop.isSet)
        consumer.close(within: .seconds(5))
        outbox.close()
        notices?.close(within: .seconds(1))
    }

    func run() throws {
        while !loop.stop.isSet {
            let isBusy = work != nil || !inbox.isEmpty
            try consumer.poll(into: batch, timeout: .milliseconds(isBusy ? 20 : 100))
            try readBatch()
            guard metadata != nil else { continue }
            try deliverWork()
            try settle()
            while let entry = inbox.next(passing: paused) {
                take(entry)
                try settle()
                if loop.stop.isSet { return }
            }
            loop.health.trouble(handler.trouble)
            try commitPositions()
        }
    }

    // MARK: Reading

    private func readBatch() throws {
        for event in batch.events {
            switch event {
            case .endOfPartition: break
            case .partitionFailed(let partition, let error): try stand(error, of: partition.topic)
            case .topicFailed(let topic, let error): try stand(error, of: topic)
            case .clientFailed(let error):
                if !error.isRetriable { loop.log.warning(handler.role.rawValue, "broker trouble", ["error": error]) }
                loop.health.waiting("\(error)")
            }
        }
        for index in 0..<batch.count {
            let message = batch.message(at: index)
            guard let arrow = arrow(of: message.partition) else { continue }
            inbox.add(message, of: arrow)
        }
    }

    private func stand(_ error: KafkaError, of topic: String) throws {
        if error.isRetriable { return }
        throw error.code == .unknownTopicOrPartition ? WorkerError.missingTopic(topic) : error
    }

    private func arrow(of partition: TopicPartition) -> Arrow? {
        handler.inputs.first { $0.topic(of: loop.cluster.pipeline) == partition.topic }
    }

    private func take(_ entry: ControlInbox.Entry) {
        switch entry {
        case .record(let record): receive(record)
        case .unreadable(let arrow, let message, let error):
            handler.skip(arrow, offset: message.offset)
            bury(message, of: arrow, error)
        }
    }

    private func receive(_ record: ControlRecord) {
        do {
            try handler.receive(record)
            loop.health.received()
            let envelope = record.message.envelope
            loop.log.debug(
                handler.role.rawValue, "received",
                [
                    "type": envelope.type, "id": envelope.id, "subject": envelope.subject ?? "",
                    "correlation": envelope.correlationID ?? "", "offset": record.offset,
                ])
        } catch {
            handler.skip(record.arrow, offset: record.offset)
            if error.code == .unknownType {
                loop.health.ignored()
                loop.log.debug(
                    handler.role.rawValue, "passed over a message of unknown type",
                    [
                        "type": record.message.envelope.type, "id": record.message.envelope.id,
                        "offset": record.offset,
                    ])
                return
            }
            let partition = TopicPartition(record.arrow.topic(of: loop.cluster.pipeline), 0)
            bury(
                Message(
                    partition: partition, offset: record.offset, key: nil, value: Array(record.message.data),
                    timestampMilliseconds: record.timestampMilliseconds), of: record.arrow, error)
        }
    }

    private func bury(_ message: Message, of arrow: Arrow, _ error: MessageError) {
        guard message.offset >= dealtWith[arrow] ?? 0 else { return }
        loop.log.warning(
            handler.role.rawValue, "put a message among the dead letters",
            // The letter says more: what it quotes of the message is no matter for a log.
            ["topic": message.partition.topic, "offset": message.offset, "code": error.code.rawValue])
        let letter = DeadLetter(
            topic: message.partition.topic, partition: Int(message.partition.partition), offset: message.offset,
            timestampMilliseconds: message.timestampMilliseconds, stage: handler.role, code: error.code.rawValue,
            message: error.message, key: message.key, value: message.value,
            headers: message.headers.map(OutgoingRecord.Header.init))
        pendingDeadLetters.append(
            letter.record(pipeline: loop.cluster.pipeline, payload: loop.deadLetters.payload))
    }

    // MARK: Acting

    /// Carries out what the handler asks for until it asks for nothing.
    private func settle() throws {
        for note in work?.context.takeNotes() ?? [] { try notify(note) }
        while !loop.stop.isSet, let action = try handler.next(now: .now) {
            switch action {
            case .publish(let records, let positions, let done):
                done(try publish(records, positions))
            case .work(let name, let body):
                precondition(work == nil, "\(handler.role) asked for \(name) while \(work?.name ?? "") goes on")
                loop.health.working(name)
                work = Work(name: name, body: body)
            case .pause(let arrows):
                try consumer.pause(partitions(arrows.subtracting(paused)))
                paused.formUnion(arrows)
            case .resume(let arrows):
                try consumer.resume(partitions(arrows.intersection(paused)))
                paused.subtract(arrows)
            case .notify(let record):
                try notify(record)
            }
        }
        if !pendingDeadLetters.isEmpty { _ = try publish([], handler.positions) }
    }

    private func publish(_ records: [OutgoingRecord], _ positions: [Arrow: Int64]) throws -> [Int64] {
        guard let metadata else { throw WorkerError.lostPartitions(handler.role) }
        let role = handler.role.rawValue
        CrashPoint.reach("\(role).before-send")
        let offsets = try outbox.commit(
            records + pendingDeadLetters, offsets: commits(positions), consumer: consumer, metadata: metadata)
        CrashPoint.reach("\(role).after-commit")
        pendingDeadLetters = []
        committed.merge(positions) { $1 }
        lastCommit = .now
        for (record, offset) in zip(records, offsets) { say(record, offset) }
        loop.cluster.tracer?.committed(records, offsets: offsets)
        return Array(offsets.prefix(records.count))
    }

    private func say(_ record: OutgoingRecord, _ offset: Int64) {
        func attribute(_ name: String) -> String {
            record.headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) } ?? ""
        }
        loop.log.debug(
            handler.role.rawValue, "sent",
            [
                "topic": record.topic, "offset": offset, "type": attribute("ce_type"), "id": attribute("ce_id"),
                "subject": attribute("ce_subject"), "correlation": attribute("ce_correlationid"),
            ])
    }

    private func notify(_ record: OutgoingRecord) throws {
        if notices == nil {
            notices = try Producer(settings: loop.cluster.controlSettings(for: "\(handler.role.rawValue).progress"))
        }
        try notices?.send(record)
        notices?.poll()
        _ = notices?.takeReport()
    }

    private func deliverWork() throws {
        guard let work, let result = work.takeResult() else { return }
        self.work = nil
        for note in work.context.takeNotes() { try notify(note) }
        loop.health.idle()
        handler.finished(result)
    }

    /// - Parameter isOwner: whether this process still has the role, and may speak for it.
    /// - Parameter inOrder: nothing has gone wrong; then the handler may have something to say though nothing goes on: of
    ///   what it has announced, and not begun.
    private func abandonWork(isOwner: Bool, inOrder: Bool) {
        guard work != nil || inOrder else { return }
        work?.context.cancel()
        let parting = handler.abandoned()
        if isOwner, !parting.isEmpty {
            // Before anything is given up: the successor is to find it.
            do {
                for record in parting { try notify(record) }
                try notices?.flush(within: .seconds(2))
            } catch {
                loop.log.warning(handler.role.rawValue, "could not say that work was given up", ["error": error])
            }
        }
        if let work, !work.wait(for: .seconds(8)) {
            loop.log.warning(handler.role.rawValue, "left work behind that would not stop", ["work": work.name])
        }
        self.work = nil
    }

    /// Between publications the positions are committed every few seconds, so that the lag others see is true.
    private func commitPositions() throws {
        guard !loop.stop.isSet, lastCommit.duration(to: .now) > .seconds(2) else { return }
        lastCommit = .now
        let changed = handler.positions.filter { committed[$0.key] != $0.value }
        guard !changed.isEmpty else { return }
        try consumer.commit(commits(changed))
        committed.merge(changed) { $1 }
    }

    private func commits(_ positions: [Arrow: Int64]) -> [CommittedOffset] {
        positions.sorted { $0.key.rawValue < $1.key.rawValue }.map { arrow, offset in
            CommittedOffset(TopicPartition(arrow.topic(of: loop.cluster.pipeline), 0), offset: offset)
        }
    }

    private func partitions(_ arrows: Set<Arrow>) -> [TopicPartition] {
        arrows.map { TopicPartition($0.topic(of: loop.cluster.pipeline), 0) }
    }

    // MARK: Rebalancing

    func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) throws -> [PartitionStart] {
        let mine = partitions.filter { $0.partition == 0 }
        guard !mine.isEmpty else {
            loop.health.waiting("another process has this role")
            return []
        }
        loop.health.waiting("reading what has been decided")
        let former = FormerOwner(cluster: loop.cluster, consumer: consumer)
        let known = try former.stableOffsets(mine)
        try former.awaitMarkers(of: handler.folds, output: handler.role.output)
        handler.reset()
        for arrow in handler.folds { try fold(arrow) }
        let starts = try handler.start()
        self.metadata = metadata
        committed = [:]
        paused = []
        inbox = ControlInbox()
        dealtWith = [:]
        for partition in mine {
            if let arrow = arrow(of: partition) { dealtWith[arrow] = known[partition]?.offset }
        }
        pendingDeadLetters = []
        loop.health.idle()
        loop.log.info(handler.role.rawValue, "took the role over", ["topics": mine.map(\.topic).joined(separator: ",")])
        return mine.map { partition in
            guard let arrow = arrow(of: partition) else { return PartitionStart(partition, .beginning) }
            if let offset = starts[arrow] { return PartitionStart(partition, .offset(offset)) }
            return PartitionStart(partition, known[partition].map { .offset($0.offset) } ?? .beginning)
        }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        guard metadata != nil else { return }
        loop.health.trouble(nil)
        abandonWork(isOwner: !lost, inOrder: true)
        metadata = nil
        inbox = ControlInbox()
        pendingDeadLetters = []
        loop.log.info(handler.role.rawValue, lost ? "lost the role" : "gave the role up")
    }

    private func fold(_ arrow: Arrow) throws {
        let topic = arrow.topic(of: loop.cluster.pipeline)
        let settings = loop.cluster.controlSettings(for: "\(handler.role.rawValue).fold")
        try TopicFold(settings: settings).run([PartitionStart(TopicPartition(topic, 0), .beginning)]) { message in
            do {
                try handler.fold(ControlRecord(message.message, of: arrow))
            } catch let error as MessageError {
                // What others wrote into an output topic by mistake has been decided by nobody.
                loop.log.debug(
                    handler.role.rawValue, "passed over a message while folding",
                    ["topic": topic, "offset": message.offset, "code": error.code.rawValue])
            }
        }
    }
}
