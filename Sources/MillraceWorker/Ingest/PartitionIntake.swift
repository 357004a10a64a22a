import Kafka
import Millrace

/// One partition that this process reads: its machine, its open windows, what it holds and has set aside.
final class PartitionIntake {
    /// An open window and the number under which the output thread knows its file.
    private struct Slice {
        let id: Int
        let builder: SliceBuilder
    }

    /// An open window whose last chunk could leave memory.
    struct Swappable {
        let intake: PartitionIntake
        let window: Int64
        let bytes: Int
    }

    private struct Held {
        let row: HeldRow
        let message: Message
    }

    let partition: TopicPartition
    let origin: SliceOrigin
    let partitionCount: Int
    private let schema: RecordSchema
    private let pipeline: String
    private let payload: DeadLetterSettings.Payload
    private let output: IngestOutput
    private let metadata: GroupMetadata
    private let windowSize: Int64

    private(set) var machine: PartitionMachine
    private var slices: [Int64: Slice] = [:]
    private var held: [Int64: Held] = [:]
    private var deadLetters: [OutgoingRecord] = []
    private(set) var deadLetterBytes = 0
    private var steps: [MachineStep] = []
    /// Of the last seal that was handed on, or of the beginning.
    private var note: ResumeNote
    private var committedOffset: Int64
    /// The partition's end, when everything before it has been read, and since when.
    private(set) var end: (offset: Int64, since: ContinuousClock.Instant)?
    /// A message why nothing more may be written for this partition.
    private(set) var divergence: String?
    private(set) var records = 0
    private(set) var deadCount = 0
    private var futureCount = 0

    init(
        _ partition: TopicPartition, schema: RecordSchema, pipeline: Pipeline, partitionCount: Int,
        machine: PartitionMachine, committed: Int64?, output: IngestOutput, metadata: GroupMetadata
    ) {
        self.partition = partition
        self.schema = schema
        self.pipeline = pipeline.name
        self.partitionCount = partitionCount
        self.machine = machine
        self.output = output
        self.metadata = metadata
        payload = pipeline.deadLetters.payload
        windowSize = pipeline.windows.size.microseconds
        origin = SliceOrigin(kind: schema.kind, topic: partition.topic, partition: Int(partition.partition))
        note = ResumeNote(sequence: machine.sequence > 0 ? machine.sequence - 1 : nil, snapshot: machine.replay)
        committedOffset = committed ?? -1
    }

    /// Bytes of rows, of held records, of dead letters and of the machine's own memory.
    var bytes: Int {
        let rows = slices.values.reduce(0) { $0 + $1.builder.bytes }
        let waiting = held.values.reduce(0) { $0 + $1.row.bytes + ($1.message.value?.count ?? 0) }
        return rows + waiting + deadLetterBytes + machine.memoryBytes
    }

    var status: IngestStatus.Partition {
        .init(
            topic: partition.topic, partition: Int(partition.partition), nextOffset: machine.nextOffset,
            watermark: machine.watermark.map { Timestamp(microseconds: $0) },
            sealedThrough: machine.sealedThrough.map { Timestamp(microseconds: $0) },
            openedFrom: slices.keys.min().map { Timestamp(microseconds: $0) }, openWindows: slices.count,
            openRows: slices.values.reduce(0) { $0 + $1.builder.rows }, held: held.count,
            future: futureCount, isReplaying: machine.isReplaying, isAtEnd: end != nil)
    }

    /// Lets go of what is open, when another process owns the partition.
    func abandon() {
        output.enqueue(.drop(slices.values.map(\.id)))
        slices = [:]
    }

    // MARK: Memory

    /// The windows whose last chunks are in memory, but for the newest: it is written to all the time.
    var swappable: [Swappable] {
        let newest = slices.keys.max()
        return slices.filter { $0.key != newest && $0.value.builder.swappableBytes > 0 }.map {
            Swappable(intake: self, window: $0.key, bytes: $0.value.builder.swappableBytes)
        }
    }

    func swapOut(_ window: Int64) throws {
        guard let slice = slices[window] else { return }
        try slice.builder.swapOut(to: output.files.swapPath(slice: slice.id))
    }

    // MARK: Reading

    /// Decides and carries out the records of a group of the batch. `rows` counts from the group's first record.
    func process(
        _ decoder: RecordDecoder, _ records: PartitionMachine.Records, _ batch: MessageBatch, _ first: Int
    ) throws {
        end = nil
        self.records += decoder.count
        steps.removeAll(keepingCapacity: true)
        machine.process(records, rows: 0..<decoder.count, into: &steps)
        for step in steps { try carryOut(step, decoder, records, batch, first) }
        handOnChunks()
    }

    func reachedEnd(_ offset: Int64) throws {
        guard offset >= machine.nextOffset, end?.offset != offset else { return }
        end = (offset, .now)
        steps.removeAll(keepingCapacity: true)
        machine.obeyRecordedIdle(through: offset, into: &steps)
        try carryOutIdle()
    }

    func forgetEnd() { end = nil }

    /// Seals through what the others allow.
    func sealIdle(through moment: Int64, position: Int64) throws {
        steps.removeAll(keepingCapacity: true)
        machine.sealIdle(through: moment, position: position, into: &steps)
        try carryOutIdle()
    }

    private func carryOutIdle() throws {
        for step in steps {
            switch step {
            case .release(let offset, let window, let time): try release(offset, window, time)
            case .forget(let offset): held[offset] = nil
            case .giveUp(let offset, let fault, let isRecorded): giveUp(offset, fault, isRecorded)
            case .seal(let seal): try write(seal)
            case .diverged(let message): divergence = message
            case .rows, .moved, .hold, .dead: preconditionFailure("an idle seal concerns no record of a batch")
            }
        }
    }

    private func carryOut(
        _ step: MachineStep, _ decoder: RecordDecoder, _ records: PartitionMachine.Records, _ batch: MessageBatch,
        _ first: Int
    ) throws {
        switch step {
        case .rows(let window, let rows):
            try slice(window).builder.append(decoder, rows: rows, firstOffset: records.offsets[rows.lowerBound])
        case .moved(let window, let row, let time):
            decoder.raiseKnown(row, to: time)
            try slice(window).builder.append(decoder, rows: row..<row + 1, firstOffset: records.offsets[row])
        case .hold(let row, let offset):
            held[offset] = Held(
                row: HeldRow(decoder, row: row, columns: schema.columns), message: batch.message(at: first + row))
        case .release(let offset, let window, let time): try release(offset, window, time)
        case .forget(let offset): held[offset] = nil
        case .dead(let row, let fault):
            let column = decoder.fault(row)?.column
            bury(batch.message(at: first + row), fault, fault.message(column: column, time: records.times[row]))
        case .giveUp(let offset, let fault, let isRecorded): giveUp(offset, fault, isRecorded)
        case .seal(let seal): try write(seal)
        case .diverged(let message): divergence = message
        }
    }

    private func slice(_ start: Int64) -> Slice {
        if let slice = slices[start] { return slice }
        let window = Window(start: .init(microseconds: start), end: .init(microseconds: start + windowSize))
        let slice = Slice(id: output.newSliceID(), builder: SliceBuilder(window: window, columns: schema.columns))
        slices[start] = slice
        return slice
    }

    private func release(_ offset: Int64, _ window: Int64, _ time: Int64) throws {
        guard let row = held.removeValue(forKey: offset)?.row else { return }
        if schema.kind == .labels { row.set(schema.timeColumn, time) }
        try slice(window).builder.append(row, rows: 0..<1, firstOffset: offset)
    }

    private func giveUp(_ offset: Int64, _ fault: RecordFault, _ isRecorded: Bool) {
        guard let message = held.removeValue(forKey: offset)?.message, !isRecorded else { return }
        bury(message, fault, fault.message())
    }

    private func bury(_ message: Message, _ fault: RecordFault, _ explanation: String) {
        deadCount += 1
        if fault == .future { futureCount += 1 }
        let letter = DeadLetter(
            topic: partition.topic, partition: Int(partition.partition), offset: message.offset,
            timestampMilliseconds: message.timestampMilliseconds, stage: .ingest, code: fault.code,
            message: explanation, key: message.key, value: message.value,
            headers: message.headers.map(OutgoingRecord.Header.init))
        let record = letter.record(pipeline: pipeline, payload: payload)
        deadLetters.append(record)
        deadLetterBytes += (record.value?.count ?? 0) + 500
    }

    // MARK: Handing on

    private func handOnChunks() {
        for slice in slices.values where slice.builder.hasFinished {
            output.enqueue(
                .chunks(
                    slice.builder.takeFinished(), slice: slice.id,
                    folder: SliceFolder.path(topic: origin.topic, partition: origin.partition),
                    window: slice.builder.window))
        }
    }

    private func write(_ seal: Seal) throws {
        let closed = seal.windows.compactMap { slices.removeValue(forKey: $0.start) }
        guard !seal.isRecorded, divergence == nil else {
            output.enqueue(.drop(closed.map(\.id)))
            return
        }
        note = ResumeNote(sequence: seal.sequence, snapshot: seal.replay)
        let finished = try closed.map { slice in
            let (chunks, footer) = try slice.builder.finish(origin, timeColumn: schema.timeColumn)
            return SealJob.Slice(id: slice.id, chunks: chunks, footer: footer)
        }
        output.enqueue(
            .seal(
                SealJob(
                    origin: origin, partitionCount: partitionCount, windowSize: windowSize, seal: seal,
                    slices: finished, commit: takeCommit(at: seal.nextOffset))))
    }

    /// What is to be committed now: the next offset, with the dead letters so far. Nil when nothing has changed.
    func commit() -> CommitJob? {
        let offset = max(machine.nextOffset, end?.offset ?? 0)
        guard offset > committedOffset || !deadLetters.isEmpty, divergence == nil else { return nil }
        return takeCommit(at: max(offset, committedOffset))
    }

    private func takeCommit(at offset: Int64) -> CommitJob {
        defer {
            deadLetters = []
            deadLetterBytes = 0
        }
        committedOffset = max(committedOffset, offset)
        return CommitJob(
            offsets: [CommittedOffset(partition, offset: committedOffset, metadata: note.text)],
            deadLetters: deadLetters, metadata: metadata)
    }
}

#if MUTATIONS
    extension PartitionIntake {
        func sealOpen() throws {
            try sealIdle(through: (machine.watermark ?? 0) + windowSize, position: machine.nextOffset)
        }
    }
#endif
