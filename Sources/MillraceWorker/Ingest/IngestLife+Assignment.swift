import Foundation
import Kafka
import Millrace

extension IngestLife {
    func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) throws -> [PartitionStart] {
        guard !isOver else { throw WorkerError.lostPartitions(.ingest) }
        service.health.waiting("reading what has been sealed")
        partitionCounts = try counts(of: pipeline.sourceTopics)
        // Stable offsets first: a transaction that a former owner left open is decided before the journal is read.
        let committed = try FormerOwner(cluster: service.cluster, consumer: consumer).stableOffsets(partitions)
        var journal = try readJournal(atLeast: committed)
        if hasAdditions(journal) { journal = try announceAdditions(partitions, metadata) }
        let marks = try consumer.endOffsets(partitions, timeout: .seconds(30))
        self.metadata = metadata
        intakes = [:]
        var starts: [PartitionStart] = []
        for partition in partitions {
            let machine = try machine(for: partition, journal, committed[partition], marks[partition])
            guard let schema = decoder(for: partition.topic)?.schema else { continue }
            intakes[partition] = PartitionIntake(
                partition, schema: schema, pipeline: pipeline,
                partitionCount: partitionCounts[partition.topic] ?? Int(partition.partition) + 1, machine: machine,
                committed: committed[partition]?.offset, output: output, metadata: metadata)
            starts.append(PartitionStart(partition, .offset(machine.nextOffset)))
        }
        adoptForeign(journal)
        log.info(
            "ingest", "took partitions over",
            ["partitions": starts.map { "\($0.partition)" }.joined(separator: " "), "seals": journal.seals.count])
        if partitions.isEmpty { service.health.waiting("other processes have all partitions") }
        return starts
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        guard metadata != nil else { return }
        if !lost {
            for partition in partitions {
                #if MUTATIONS
                    if Mutation.sealOnRevoke.isOn { try? intakes[partition]?.sealOpen() }
                #endif
                if let job = intakes[partition]?.commit() { output.enqueue(.commit(job)) }
            }
        }
        if lost || !output.drain(within: .seconds(20)) {
            // Something may wait for its transaction that was read under this assignment: it must never go out under
            // another. So this life ends, and the next begins with nothing in hand.
            #if MUTATIONS
                isOver = !Mutation.freshMetadata.isOn
            #else
                isOver = true
            #endif
            if isOver { output.abandon() }
            if !lost {
                log.warning("ingest", "gave partitions up before everything was sent: the next owner does it again")
            }
        }
        reports += output.takeReports()
        if !service.cluster.hasTransactions, !lost { commitAcknowledged() }
        for partition in partitions { intakes.removeValue(forKey: partition)?.abandon() }
        if intakes.isEmpty { metadata = nil }
        log.info("ingest", lost ? "lost partitions" : "gave partitions up", ["count": partitions.count])
    }

    /// Without transactions: the offsets of messages that are acknowledged, before the partitions are gone.
    private func commitAcknowledged() {
        for case .committed(let offsets, _) in reports { try? consumer.commit(offsets) }
    }

    /// - Throws: `WorkerError.missingTopic` of the first that is not there.
    func counts(of topics: [String]) throws -> [String: Int] {
        let admin = try Admin(settings: service.cluster.controlSettings(for: "ingest.start"))
        defer { admin.close(within: .seconds(1)) }
        var counts: [String: Int] = [:]
        for topic in topics {
            do { counts[topic] = try admin.describeTopic(topic).partitionCount } catch let error as KafkaError {
                throw error.code == .unknownTopicOrPartition ? WorkerError.missingTopic(topic) : error
            }
        }
        return counts
    }

    /// Folds `slices`, until no committed offset names a later seal than is found there, and no topic has more partitions
    /// than are recorded: what a transaction has committed is there to be read only when its markers are.
    private func readJournal(
        atLeast committed: [TopicPartition: CommittedOffset], counts: [String: Int] = [:]
    ) throws -> SliceJournal {
        let topic = TopicPartition(Arrow.slices.topic(of: pipeline.name), 0)
        let deadline = ContinuousClock.now + .seconds(90)
        while true {
            var journal = SliceJournal()
            try TopicFold(settings: service.cluster.controlSettings(for: "ingest.fold")).run(
                [PartitionStart(topic, .beginning)]
            ) { message in
                do {
                    try journal.fold(ControlRecord(message.message, of: .slices).message)
                } catch {
                    log.warning(
                        "ingest", "passed over a message in slices",
                        ["offset": message.offset, "code": (error as? MessageError)?.code.rawValue ?? "unexpected"])
                }
            }
            let lacksSeals = committed.contains { partition, offset in
                guard let noted = ResumeNote(offset.metadata)?.sequence else { return false }
                let key = SliceJournal.Partition(partition.topic, Int(partition.partition))
                return journal.seals[key].map { $0.sequence < noted } ?? true
            }
            let lacksPartitions = counts.contains { topic, count in journal.counts[topic].map { $0 < count } ?? false }
            if !lacksSeals, !lacksPartitions { return journal }
            guard ContinuousClock.now < deadline else {
                throw WorkerError(
                    .invalidTopic,
                    "committed offsets name seals that are not in \(topic.topic): expected the topic as ingest left it, "
                        + "found it shorter; was it deleted or truncated? To begin anew, delete the group "
                        + "\(consumer.group) and the pipeline's folder as well")
            }
            Thread.sleep(forTimeInterval: 0.3)
        }
    }

    private func machine(
        for partition: TopicPartition, _ journal: SliceJournal, _ committed: CommittedOffset?, _ marks: Watermarks?
    ) throws -> PartitionMachine {
        guard let schema = decoder(for: partition.topic)?.schema else {
            throw WorkerError.missingTopic(partition.topic)
        }
        let settings = PartitionMachine.Settings(pipeline.windows, schema: schema)
        let key = SliceJournal.Partition(partition.topic, Int(partition.partition))
        let low = marks?.low ?? 0
        #if MUTATIONS
            if Mutation.resumeFromCommit.isOn, let committed, let seal = journal.seals[key] {
                let through = seal.sealedThrough.microseconds
                return PartitionMachine(
                    settings,
                    from: .init(
                        offset: committed.offset, watermark: seal.watermark?.microseconds, sealedThrough: through),
                    recording: Recording(
                        seal: .init(
                            sequence: seal.sequence, sealedThrough: through, nextOffset: committed.offset),
                        deadLettersThrough: committed.offset))
            }
        #endif
        var machine: PartitionMachine
        if let resumed = journal.machine(settings, of: key, committed: committed?.offset) {
            machine = resumed
        } else if let committed {
            // Without our note somebody has set the offset by hand, and may: nothing is sealed yet.
            let snapshot = ResumeNote(committed.metadata)?.snapshot ?? .init(offset: committed.offset)
            machine = PartitionMachine(
                settings, from: snapshot, recording: Recording(deadLettersThrough: committed.offset))
        } else if journal.isAddition(key) {
            machine = PartitionMachine(settings, startOffset: low, sealedThrough: journal.firstWindow(of: key))
        } else {
            machine = PartitionMachine(settings, startOffset: try startOffset(partition, marks))
        }
        try refuseAnother(partition, readTo: max(journal.seals[key]?.nextOffset ?? 0, committed?.offset ?? 0), marks)
        guard machine.nextOffset < low else { return machine }
        guard let lost = machine.loss(beginningAt: low) else {
            log.warning(
                "ingest", "records are gone that told repetitions apart: an event that repeats one of them counts",
                ["partition": partition, "needed": machine.nextOffset, "first": low])
            machine.skip(to: low)
            return machine
        }
        if pipeline.lostRecords == .fail {
            throw WorkerError(
                .lostRecords,
                "offsets \(lost.lowerBound) to \(low - 1) of \(key.topic)/\(key.partition) are needed, and the "
                    + "topic begins at \(low): its retention has removed them. Nothing more is read while the pipeline file says "
                    + "'lost_records: fail'; with 'lost_records: record' they are noted as lost and the work goes on. "
                    + "Give the topic a longer retention.ms, so that it does not happen again")
        }
        log.error(
            "ingest", "records are gone that open windows need: the topic's retention is too short",
            ["partition": partition, "needed": lost.lowerBound, "first": low])
        machine.skip(to: low)
        return machine
    }

    /// What was read cannot lie beyond the end: the topic was deleted and made again, or cut off. Its new records would be
    /// taken for those that were read.
    private func refuseAnother(_ partition: TopicPartition, readTo offset: Int64, _ marks: Watermarks?) throws {
        guard let high = marks?.high, offset > high else { return }
        throw WorkerError(
            .invalidTopic,
            "expected \(partition.topic)/\(partition.partition) to go on at offset \(offset), where it was left, found "
                + "that it ends at \(high): the topic was deleted and made again, or lost its end. Put it back as it was, "
                + "or begin anew with its present records under another pipeline name")
    }

    private func startOffset(_ partition: TopicPartition, _ marks: Watermarks?) throws -> Int64 {
        switch pipeline.start {
        case .earliest:
            if let low = marks?.low, low > 0 {
                log.warning(
                    "ingest", "begins after records that the topic's retention has removed",
                    ["partition": partition, "first": low])
            }
            return marks?.low ?? 0
        case .latest: return marks?.high ?? 0
        case .at(let time):
            let admin = try Admin(settings: service.cluster.controlSettings(for: "ingest.start"))
            defer { admin.close(within: .seconds(1)) }
            let found = try admin.offsets([partition], atMilliseconds: time.microseconds / 1000)
            return found[partition] ?? marks?.high ?? 0
        }
    }

    private func hasAdditions(_ journal: SliceJournal) -> Bool {
        partitionCounts.contains { topic, count in journal.counts[topic].map { $0 < count } ?? false }
    }

    /// Writes `partitions.changed` for topics that have more partitions than has been recorded.
    /// - Returns: the journal with what was written, or with what another process wrote before.
    private func announceAdditions(_ owned: [TopicPartition], _ metadata: GroupMetadata) throws -> SliceJournal {
        // New partitions take part from a window on that nobody has sealed: so everybody's seals must be there to be read.
        let all = partitionCounts.flatMap { topic, count in (0..<count).map { TopicPartition(topic, Int32($0)) } }
        let committed = try FormerOwner(cluster: service.cluster, consumer: consumer).stableOffsets(all)
        var journal = try readJournal(atLeast: committed)
        // Another member may have looked at the topics before they grew, and seal meanwhile: so only who holds the next
        // window up may say that it is the first. Who has none of that kind waits for one who has.
        guard journal.holdsUpWindows(owned.map { .init($0.topic, Int($0.partition)) }) else {
            let deadline = ContinuousClock.now + .seconds(10)
            while !owned.isEmpty, hasAdditions(journal) {
                guard ContinuousClock.now < deadline else {
                    // None of them has seen the new partitions: they look again when this one has left the group.
                    throw WorkerError(
                        .unreachable,
                        "partitions were added, and no process that has one of the others has announced them yet")
                }
                Thread.sleep(forTimeInterval: 0.3)
                journal = try readJournal(atLeast: committed)
            }
            return journal
        }
        var records: [OutgoingRecord] = []
        for (topic, count) in partitionCounts.sorted(by: { $0.key < $1.key }) {
            guard let known = journal.counts[topic], known < count else { continue }
            let change = PartitionsChanged(
                topic: topic, oldCount: known, newCount: count, firstWindowStart: journal.sealedThrough)
            records.append(
                try MessageCodec.encode(
                    change, pipeline: pipeline.name, from: Role.ingest.source(of: pipeline.name), to: .slices,
                    subject: topic, time: .now))
            log.info("ingest", "partitions were added", ["topic": topic, "old": known, "new": count])
        }
        guard !records.isEmpty else { return journal }
        output.enqueue(.commit(CommitJob(offsets: [], deadLetters: records, metadata: metadata)))
        guard output.drain(within: .seconds(30)) else {
            throw WorkerError(.unreachable, "partitions.changed could not be written within 30 seconds")
        }
        if let failure = output.failure { throw failure }
        return try readJournal(atLeast: committed, counts: partitionCounts)
    }
}
