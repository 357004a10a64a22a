import Millrace

/// One record of a made-up partition.
struct ModelRecord {
    var offset: Int64
    var time: Int64
    var timestamp: Int64
    var id: UInt64
    var fault: UInt8 = 0
}

/// Rows of made-up records: the columns id and time.
final class ModelRows: RowSource {
    private let buffers: [UnsafeMutablePointer<UInt64>]

    init(_ records: some Collection<ModelRecord>) {
        let count = max(1, records.count)
        buffers = [.allocate(capacity: count), .allocate(capacity: count)]
        for (row, record) in records.enumerated() {
            buffers[0][row] = record.id
            buffers[1][row] = UInt64(bitPattern: record.time)
        }
    }
    deinit { for buffer in buffers { buffer.deallocate() } }
    func cells(_ column: Int) -> UnsafePointer<UInt64> { UnsafePointer(buffers[column]) }
    func heap(_ column: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
    func isText(_ column: Int) -> Bool { false }
    var hasTexts: Bool { false }
}

/// What a seal left behind, in a form that can be compared.
struct ModelSeal: Equatable {
    var sequence: Int
    var sealedThrough: Int64
    var watermark: Int64?
    var firstOffset: Int64
    var nextOffset: Int64
    var counts: SealCounts
    var isIdle: Bool
    var through: Int64
    var isContinued: Bool { sealedThrough < through }
    var replay: PartitionMachine.Snapshot
    var openOffset: Int64
    var ledger: [Ledger.Run]
    var lost: Range<Int64>?
    /// Per window: its start and the (offset, time) of its rows, by offset.
    var slices: [Slice]
    struct Slice: Equatable {
        var start: Int64
        var rows: [Row]
    }
    struct Row: Equatable {
        var offset: Int64
        var time: Int64
    }
}

/// Carries a machine's steps out in memory, with a durable part that survives a crash.
struct PartitionModel {
    struct Durable {
        var seals: [ModelSeal] = []
        var deadLetters: [Int64] = []
        var committed: Int64 = .min
    }

    let settings: PartitionMachine.Settings
    let startOffset: Int64
    var durable = Durable()
    var machine: PartitionMachine
    var open: [Int64: [ModelSeal.Row]] = [:]
    var held: [Int64: ModelRecord] = [:]
    var deadLetters: [Int64] = []
    var diverged: String?

    init(_ settings: PartitionMachine.Settings, startOffset: Int64, durable: Durable = Durable()) {
        self.settings = settings
        self.startOffset = startOffset
        self.durable = durable
        guard let last = durable.seals.last else {
            machine = PartitionMachine(
                settings, from: .init(offset: startOffset),
                recording: Recording(deadLettersThrough: durable.committed))
            return
        }
        machine = PartitionMachine(
            settings, from: last.replay,
            recording: Recording(
                seal: .init(
                    sequence: last.sequence, sealedThrough: last.sealedThrough, nextOffset: last.nextOffset,
                    watermark: last.watermark, isContinued: last.isContinued, openOffset: last.openOffset),
                idle: durable.seals.filter { $0.isIdle && $0.nextOffset >= last.replay.offset }
                    .map {
                        .init(position: $0.nextOffset, sealedThrough: $0.sealedThrough, settledThrough: $0.through)
                    },
                deadLettersThrough: max(durable.committed, last.nextOffset)))
    }

    /// Loses everything that is not durable.
    mutating func crash() { self = PartitionModel(settings, startOffset: startOffset, durable: durable) }

    /// As `crash`, between two transactions of a seal in several parts: only so many of them are durable.
    mutating func crash(losingParts count: Int) {
        for _ in 0..<count {
            guard durable.seals.count > 1, durable.seals[durable.seals.count - 2].isContinued else { break }
            durable.seals.removeLast()
        }
        crash()
    }

    mutating func process(_ records: ArraySlice<ModelRecord>) {
        let batch = Array(records)
        var steps: [MachineStep] = []
        batch.map(\.offset).withUnsafeBufferPointer { offsets in
            batch.map(\.time).withUnsafeBufferPointer { times in
                batch.map(\.timestamp).withUnsafeBufferPointer { timestamps in
                    batch.map(\.fault).withUnsafeBufferPointer { faults in
                        batch.map(\.id).withUnsafeBufferPointer { ids in
                            guard let first = offsets.baseAddress else { return }
                            let columns = PartitionMachine.Records(
                                offsets: first, times: times.baseAddress!, timestamps: timestamps.baseAddress!,
                                faults: faults.baseAddress!,
                                ids: settings.uniqueWithin == nil ? nil : ids.baseAddress!)
                            machine.process(columns, rows: 0..<batch.count, into: &steps)
                        }
                    }
                }
            }
        }
        carryOut(steps, batch)
    }

    mutating func sealIdle(through: Int64, position: Int64) {
        var steps: [MachineStep] = []
        machine.obeyRecordedIdle(through: position, into: &steps)
        machine.sealIdle(through: through, position: position, into: &steps)
        carryOut(steps, [])
    }

    mutating func commit() {
        durable.committed = max(durable.committed, machine.nextOffset)
        durable.deadLetters += deadLetters
        deadLetters = []
    }

    private mutating func carryOut(_ steps: [MachineStep], _ batch: [ModelRecord]) {
        for step in steps {
            switch step {
            case .rows(let window, let rows):
                open[window, default: []] += rows.map { .init(offset: batch[$0].offset, time: batch[$0].time) }
            case .moved(let window, let row, let time):
                open[window, default: []].append(.init(offset: batch[row].offset, time: time))
            case .hold(let row, let offset): held[offset] = batch[row]
            case .release(let offset, let window, let time):
                held[offset] = nil
                open[window, default: []].append(.init(offset: offset, time: time))
            case .forget(let offset): held[offset] = nil
            case .dead(let row, _): deadLetters.append(batch[row].offset)
            case .giveUp(let offset, _, let isRecorded):
                held[offset] = nil
                if !isRecorded { deadLetters.append(offset) }
            case .seal(let seal): write(seal)
            case .diverged(let message): diverged = message
            }
        }
    }

    private mutating func write(_ seal: Seal) {
        let slices = seal.windows.map { window in
            let rows = open.removeValue(forKey: window.start) ?? []
            return ModelSeal.Slice(start: window.start, rows: rows.sorted { $0.offset < $1.offset })
        }
        guard !seal.isRecorded else { return }
        durable.seals.append(
            ModelSeal(
                sequence: seal.sequence, sealedThrough: seal.sealedThrough, watermark: seal.watermark,
                firstOffset: seal.firstOffset, nextOffset: seal.nextOffset, counts: seal.counts, isIdle: seal.isIdle,
                through: seal.through, replay: seal.replay, openOffset: seal.openOffset, ledger: seal.ledger,
                lost: seal.lost, slices: slices))
        durable.deadLetters += deadLetters
        deadLetters = []
        durable.committed = max(durable.committed, seal.nextOffset)
    }
}
