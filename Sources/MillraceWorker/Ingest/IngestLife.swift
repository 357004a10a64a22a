import Foundation
import Kafka
import Millrace

/// One life of ingest: from joining the group to leaving it.
final class IngestLife: RebalanceHandler {
    let service: IngestService
    let consumer: Consumer
    let output: IngestOutput
    var intakes: [TopicPartition: PartitionIntake] = [:]
    var metadata: GroupMetadata?
    var partitionCounts: [String: Int] = [:]
    var watch: IdleWatch
    /// Taken from the output and not read yet.
    var reports: [IngestReport] = []
    /// What was read cannot be sent any more: a new life is to begin.
    var isOver = false

    private let events: RecordDecoder
    private let labels: RecordDecoder?
    private let columns: BatchColumns
    private let batch: MessageBatch
    private var guards: [String: DeadLetterGuard] = [:]
    private var lastCommit = ContinuousClock.now
    private var lastMemoryCheck = ContinuousClock.now
    private var seals = 0
    private var meter = RateMeter()
    private let since = Timestamp.now
    private var pause = Pause()

    var pipeline: Pipeline { service.pipeline }
    var log: Log { service.log }

    init(_ service: IngestService) throws {
        self.service = service
        let pipeline = service.pipeline
        watch = IdleWatch(idle: pipeline.windows.idle)
        events = try RecordDecoder(RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone))
        labels = try pipeline.labels.map {
            try RecordDecoder(RecordSchema(labels: $0, events: pipeline.events, timeZone: pipeline.timeZone))
        }
        let capacity = 10_000
        columns = BatchColumns(capacity: capacity)
        batch = MessageBatch(capacity: capacity)
        var settings = Self.settings(service.cluster)
        settings.groupInstanceID = service.cluster.groupInstance(of: .ingest, instance: service.instance)
        consumer = try Consumer(group: Role.ingest.group(of: pipeline.name), settings: settings)
        let outbox: any Outbox
        do {
            outbox = try service.cluster.outbox(for: .ingest, instance: service.instance)
        } catch {
            consumer.close(within: .seconds(2))
            throw error
        }
        let files: SliceDesk
        do {
            files = try SliceDesk(folder: pipeline.folder, instance: service.instance)
        } catch {
            outbox.close()
            consumer.close(within: .seconds(2))
            throw error
        }
        output = IngestOutput(
            files: files, post: IngestPost(cluster: service.cluster, outbox: outbox, consumer: consumer))
        service.health.waiting("joining the group")
        do {
            try consumer.subscribe(to: pipeline.sourceTopics, handler: self)
        } catch {
            close()
            throw error
        }
    }

    /// The queue of fetched messages is the worker's largest piece of memory, and a full one stalls an old library for
    /// up to a second: there it must hold more than is read in that time, and be filled in small portions.
    private static func settings(_ cluster: Cluster) -> ClientSettings {
        var settings = cluster.settings(for: "ingest")
        let stallsBriefly = LibraryVersion.running.fetchQueueBackoff
        settings.fetchBytes = stallsBriefly ? 1 << 20 : 512 << 10
        settings.queuedKibibytes = stallsBriefly ? 8192 : 53_248
        return settings
    }

    func close() {
        consumer.close(within: .seconds(6))
        output.stop(within: .seconds(6))
    }

    func decoder(for topic: String) -> RecordDecoder? {
        pipeline.events.topics.contains(topic) ? events : labels
    }

    func run() throws {
        while !service.stop.isSet {
            let isBusy = !output.isIdle
            try consumer.poll(into: batch, timeout: .milliseconds(isBusy ? 10 : 100))
            guard !isOver else { throw WorkerError.lostPartitions(.ingest) }
            try readReports()
            for group in batch.groups { try read(group) }
            // After the records before them.
            try readEvents()
            guard metadata != nil else { continue }
            try regulate()
            commitPositions()
            sealIdlePartitions()
            publishStatus()
        }
        // The last positions and dead letters; what is open is read again by whoever comes next.
        lastCommit = .now - .seconds(60)
        commitPositions()
        if !output.drain(within: .seconds(3)) { log.warning("ingest", "left unsent what could not be sent in time") }
        try readReports()
    }

    // MARK: Reading

    private func read(_ group: MessageBatch.Group) throws {
        guard let intake = intakes[group.partition], let decoder = decoder(for: group.partition.topic) else { return }
        guard intake.divergence == nil, !pause.isForUnreadable else { return }
        columns.decode(batch, group.range, with: decoder)
        var judge = guards[group.partition.topic] ?? DeadLetterGuard(pipeline.deadLetters)
        if case .stop(let unreadable, let total) = judge.judge(unreadable: decoder.faultCount, of: group.range.count) {
            let first = decoder.faults.firstIndex { $0 != 0 } ?? 0
            let reason = decoder.fault(first).map { $0.fault.message(column: $0.column) } ?? ""
            try stopReading(
                group, "unreadable: \(unreadable) of \(total) records of \(group.partition.topic): \(reason)")
            return
        }
        guards[group.partition.topic] = judge
        guard let records = columns.records(batch, group.range, decoder) else { return }
        try intake.process(decoder, records, batch, group.range.lowerBound)
        meter.count += group.range.count
        if let divergence = intake.divergence {
            try consumer.pause([group.partition])
            say(intake, divergence)
        }
        if intake.deadLetterBytes > 4 << 20, let job = intake.commit() { output.enqueue(.commit(job)) }
    }

    private func say(_ intake: PartitionIntake, _ divergence: String) {
        log.error("ingest", "stopped reading a partition", ["partition": intake.partition, "reason": divergence])
        service.health.failed("\(intake.partition): \(divergence)")
    }

    /// Nothing of the batch is done; everything is paused, and read again after a while.
    private func stopReading(_ group: MessageBatch.Group, _ reason: String) throws {
        log.error("ingest", "paused", ["reason": reason])
        pause.stopForUnreadable(reason)
        #if MUTATIONS
            if Mutation.pausedIsIdle.isOn { return try consumer.pause(consumer.assignment) }
        #endif
        for intake in intakes.values { intake.forgetEnd() }
        try consumer.pause(consumer.assignment)
    }

    private func readEvents() throws {
        for event in batch.events {
            switch event {
            case .endOfPartition(let partition, let offset):
                // While input is left unread, the end of what was delivered is not the end of what was decided.
                if !pause.isForUnreadable { try intakes[partition]?.reachedEnd(offset) }
            case .partitionFailed(let partition, let error): try stand(error, of: partition.topic)
            case .topicFailed(let topic, let error): try stand(error, of: topic)
            case .clientFailed(let error):
                // Of a topic that is deleted under it the library may speak in words alone.
                if error.code == .unknownTopicOrPartition { _ = try counts(of: pipeline.sourceTopics) }
                if !error.isRetriable { log.warning("ingest", "broker trouble", ["error": error]) }
            }
        }
    }

    private func stand(_ error: KafkaError, of topic: String) throws {
        if error.isRetriable { return }
        switch error.code {
        case .unknownTopicOrPartition: throw WorkerError.missingTopic(topic)
        case .topicAuthorizationFailed: throw WorkerError.notAllowed(toRead: topic)
        default: throw error
        }
    }

    private func readReports() throws {
        reports += output.takeReports()
        while !reports.isEmpty {
            switch reports.removeFirst() {
            case .committed(let offsets, let newSeals):
                // Without transactions the messages are acknowledged, and now the offsets follow them.
                if !service.cluster.hasTransactions {
                    try consumer.commit(offsets.filter { intakes[$0.partition] != nil })
                }
                seals += newSeals.count
                for seal in newSeals { say(seal) }
            case .surveyed(let answer): try take(answer)
            case .failed(let error): throw error
            }
        }
    }

    private func say(_ seal: SliceSealed) {
        let partition = "\(seal.topic)/\(seal.partition)"
        log.debug(
            "ingest", "sealed",
            ["partition": partition, "sequence": seal.sequence, "through": seal.sealedThrough, "late": seal.late])
        for slice in seal.slices {
            log.debug(
                "ingest", "slice sealed",
                ["window": slice.window.start, "partition": partition, "sequence": seal.sequence, "rows": slice.rows])
        }
    }

    // MARK: Regulating

    /// Memory over the budget stops reading until half of what waits is written; unreadable input until it is tried
    /// again.
    private func regulate() throws {
        try swapOutIfNeeded()
        while true {
            switch pause.next(queuedBytes: output.queuedBytes, budget: pipeline.memoryBytes, now: .now) {
            case .none: return
            case .wait:
                // Shorter than pausing, which makes the library throw away what it has fetched.
                Thread.sleep(forTimeInterval: 0.005)
                if service.stop.isSet || output.failure != nil { return }
            case .pause: return try consumer.pause(consumer.assignment)
            case .resume: return try consumer.resume(readable)
            case .retry:
                for (partition, intake) in intakes {
                    try consumer.seek(partition, to: .offset(intake.machine.nextOffset))
                }
                return try consumer.resume(readable)
            }
        }
    }

    /// Open windows that take more than the budget leave memory, the largest chunks first, until they take three
    /// quarters of it.
    private func swapOutIfNeeded() throws {
        guard lastMemoryCheck.duration(to: .now) > .milliseconds(50) else { return }
        lastMemoryCheck = .now
        var bytes = intakes.values.reduce(0) { $0 + $1.bytes }
        guard bytes > pipeline.memoryBytes else { return }
        let candidates = intakes.values.flatMap(\.swappable).sorted { $0.bytes > $1.bytes }
        for candidate in candidates where bytes > pipeline.memoryBytes / 4 * 3 {
            try candidate.intake.swapOut(candidate.window)
            bytes -= candidate.bytes
        }
    }

    private var readable: [TopicPartition] { intakes.filter { $0.value.divergence == nil }.map(\.key) }

    private func commitPositions() {
        // At the end of everything there is nothing to wait for: the lag that others see shall be the lag there is.
        let isAtEnd = intakes.values.allSatisfy { $0.end != nil }
        guard lastCommit.duration(to: .now) > (isAtEnd ? .milliseconds(250) : .seconds(2)) else { return }
        lastCommit = .now
        for intake in intakes.values {
            if let job = intake.commit() { output.enqueue(.commit(job)) }
        }
    }

    private func publishStatus() {
        guard meter.isDue else { return }
        let rate = meter.take()
        var status = IngestStatus()
        status.since = since
        status.recordsPerSecond = rate
        status.seals = seals
        status.paused = pause.reason
        status.bytes = output.queuedBytes
        for intake in intakes.values.sorted(by: { $0.partition < $1.partition }) {
            status.bytes += intake.bytes
            status.records += intake.records
            status.deadLetters += intake.deadCount
            status.partitions.append(intake.status)
        }
        service.publish(status)
        if let reason = pause.reason {
            service.health.waiting("paused: \(reason)")
        } else if rate > 0 {
            service.health.working("\(Int(rate)) records/s, \(status.bytes >> 20) MiB open")
        } else if intakes.values.allSatisfy({ $0.divergence == nil }) {
            service.health.idle()
        }
    }
}
