import Kafka
import Millrace
import World

/// Holds what ingest has sealed and set aside of one partition against its log.
struct IngestChecks {
    private typealias Sealed = (offset: Int64, entry: PartitionLog.Entry, seal: SliceSealed)

    let checks: Checks
    let source: TopicPartition
    private let log: PartitionLog
    private let schema: RecordSchema

    init(_ checks: Checks, _ source: TopicPartition) {
        self.checks = checks
        self.source = source
        log = checks.log(source)
        let pipeline = checks.pipeline
        schema =
            pipeline.events.topics.contains(source.topic)
            ? RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone)
            : RecordSchema(labels: pipeline.labels!, events: pipeline.events, timeZone: pipeline.timeZone)
    }

    func violations() -> [Violation] {
        var seals: [Sealed] = []
        for (offset, entry, seal) in checks.seals
        where seal.topic == source.topic && seal.partition == Int(source.partition) {
            guard seal.sequence == seals.count else {
                let what = seal.sequence < seals.count ? "a second time" : "too early"
                return [
                    Violation(.nothingLost, "seal \(seal.sequence) of \(source) is in slices \(what), at \(offset)")
                ]
            }
            seals.append((offset, entry, seal))
        }
        let idle = seals.compactMap { found in
            found.seal.idle.map {
                Recording.Idle(position: $0.position, sealedThrough: found.seal.sealedThrough.microseconds)
            }
        }
        let undisturbed = Undisturbed(
            log, schema: schema, windows: checks.pipeline.windows, idle: idle, firstWindow: firstWindow)
        guard seals.count == undisturbed.seals.count else {
            return [
                Violation(
                    .sameBytes,
                    "\(source) has \(seals.count) seals; an undisturbed run makes \(undisturbed.seals.count)")
            ]
        }
        for (found, expected) in zip(seals, undisturbed.seals) {
            if let violation = compare(found.seal, expected) ?? inspectIdle(found.seal, found.entry) {
                return [violation]
            }
        }
        return deadLetters(undisturbed.dead)
    }

    /// The first window of a partition that was added.
    private var firstWindow: Int64? {
        var journal = SliceJournal()
        for found in checks.messages(.slices) where found.message.isA(PartitionsChanged.self) {
            try? journal.fold(found.message)
        }
        return journal.firstWindow(of: .init(source.topic, Int(source.partition)))
    }

    private func compare(_ found: SliceSealed, _ expected: Undisturbed.ExpectedSeal) -> Violation? {
        let seal = expected.seal
        let name = "seal \(found.sequence) of \(source)"
        guard found.firstOffset == seal.firstOffset, found.nextOffset == seal.nextOffset else {
            return Violation(
                .nothingLost,
                "\(name) decides offsets \(found.firstOffset)..<\(found.nextOffset), undisturbed "
                    + "\(seal.firstOffset)..<\(seal.nextOffset)")
        }
        guard found.sealedThrough.microseconds == seal.sealedThrough,
            found.slices.map(\.window.start.microseconds) == seal.windows.map(\.start),
            found.slices.map(\.rows) == seal.windows.map(\.rows),
            [found.late, found.duplicates, found.dead, found.moved]
                == [seal.counts.late, seal.counts.duplicates, seal.counts.dead, seal.counts.moved]
        else {
            return Violation(
                .sameBytes,
                "\(name) is through \(found.sealedThrough) with rows \(found.slices.map(\.rows)), late \(found.late), "
                    + "duplicate \(found.duplicates), dead \(found.dead); undisturbed through "
                    + "\(Timestamp(microseconds: seal.sealedThrough)) with \(seal.windows.map(\.rows)), "
                    + "\(seal.counts.late), \(seal.counts.duplicates), \(seal.counts.dead); the offsets of its rows "
                    + "are \(offsets(found)), undisturbed \(expected.rows)")
        }
        for (slice, rows) in zip(found.slices, expected.rows) {
            do {
                let content = try SliceFile.read(slice.file, folder: checks.pipeline.folder, columns: schema.columns)
                guard content.offsets.flatMap({ Array($0) }) == rows else {
                    return Violation(
                        .nothingLost,
                        "the slice of \(slice.window) in \(name) holds the offsets "
                            + "\(content.offsets.flatMap { Array($0) }), undisturbed \(rows)")
                }
            } catch {
                return Violation(.nothingLost, "\(name) names a slice that cannot be read: \(error)")
            }
        }
        return ledger(found, seal, name)
    }

    private func offsets(_ seal: SliceSealed) -> [[Int64]] {
        seal.slices.map { slice in
            let content = try? SliceFile.read(slice.file, folder: checks.pipeline.folder, columns: schema.columns)
            return content?.offsets.flatMap { Array($0) } ?? []
        }
    }

    private func ledger(_ found: SliceSealed, _ seal: Seal, _ name: String) -> Violation? {
        let ledger: Ledger
        do {
            let bytes = try DurableFile.read("\(checks.pipeline.folder)/\(found.ledger.path)")
            guard Checksum(of: bytes).description == found.ledger.sha256 else {
                return Violation(.nothingLost, "the ledger of \(name) has other bytes than the message says")
            }
            ledger = try Ledger(decoding: bytes)
        } catch {
            return Violation(.nothingLost, "\(name) names a ledger that cannot be read: \(error)")
        }
        guard ledger.firstOffset == found.firstOffset, ledger.nextOffset == found.nextOffset, ledger.runs == seal.ledger
        else { return Violation(.nothingLost, "the ledger of \(name) is another than the undisturbed one") }
        var offset = ledger.firstOffset
        for run in ledger.runs {
            for each in offset..<offset + Int64(run.count) {
                let entry = log.entries[Int(each)]
                let isThere = entry.record != nil && entry.fate == .committed
                if run.outcome != .lost, isThere == (run.outcome == .absent) {
                    return Violation(
                        .nothingLost, "\(name) says of offset \(each) that it is \(run.outcome), the log does not")
                }
            }
            offset += Int64(run.count)
        }
        return nil
    }

    /// Nothing may have been there to be read, shortly before a seal for idleness was sent.
    private func inspectIdle(_ seal: SliceSealed, _ sealEntry: PartitionLog.Entry) -> Violation? {
        guard let idle = seal.idle else { return nil }
        // Between the question for the end and the seal lie some round trips, and what held the process up.
        let unread = log.entries.indices.filter {
            let entry = log.entries[$0]
            guard Int64($0) >= idle.position, entry.record != nil, entry.fate == .committed,
                entry.appendedAt < sealEntry.appendedAt
            else { return false }
            let held = checks.theatre.standstills.filter { $0.name == sealEntry.sender }.reduce(0) {
                $0 + $1.span.clamped(to: entry.appendedAt..<sealEntry.appendedAt).count
            }
            return sealEntry.appendedAt - entry.appendedAt - Int64(held) > 8_000_000_000
        }
        guard let first = unread.first else { return nil }
        return Violation(
            .idle,
            "seal \(seal.sequence) of \(source) was made for idleness at \(idle.position), though offset \(first) "
                + "had been there to be read")
    }

    private func deadLetters(_ expected: Set<Int64>) -> [Violation] {
        let committed = checks.broker.committed("millrace.\(checks.pipeline.name).ingest")[source]?.offset ?? 0
        var found: [Int64: Int] = [:]
        let topic = Arrow.deadLetters.topic(of: checks.pipeline.name)
        for entry in checks.broker.topics[topic]?.first?.entries ?? [] where entry.fate == .committed {
            guard let record = entry.record,
                let letter = DeadLetter(
                    headers: record.headers.map { OutgoingRecord.Header($0.name, $0.value) }, key: nil,
                    value: record.value?.array), letter.topic == source.topic, letter.partition == Int(source.partition)
            else { continue }
            found[letter.offset, default: 0] += 1
        }
        if let twice = found.filter({ $0.value > 1 }).keys.min() {
            return [
                Violation(.nothingLost, "offset \(twice) of \(source) is \(found[twice]!) times in the dead letters")
            ]
        }
        let due = expected.filter { $0 < committed }
        if let missing = due.subtracting(found.keys).min() {
            return [Violation(.nothingLost, "offset \(missing) of \(source) is dead, and not among the dead letters")]
        }
        if let wrong = Set(found.keys).subtracting(expected).min() {
            return [
                Violation(.sameBytes, "offset \(wrong) of \(source) is among the dead letters, undisturbed it is not")
            ]
        }
        return []
    }
}
