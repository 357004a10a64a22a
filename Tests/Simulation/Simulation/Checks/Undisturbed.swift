import Kafka
import Millrace

/// What ingest makes of a partition when nothing happens to it: one machine over the whole log, obeying the idle seals
/// that were recorded.
struct Undisturbed {
    struct ExpectedSeal {
        var seal: Seal
        /// Offsets of the rows of each window, ascending.
        var rows: [[Int64]]
    }

    private(set) var seals: [ExpectedSeal] = []
    private(set) var dead: Set<Int64> = []
    private var open: [Int64: [Int64]] = [:]

    /// - Parameter firstWindow: of a partition that was added (µs).
    init(
        _ log: PartitionLog, schema: RecordSchema, windows: WindowSettings, idle: [Recording.Idle], firstWindow: Int64?
    ) {
        guard let decoder = try? RecordDecoder(schema) else { preconditionFailure("the schema is sound") }
        var machine = PartitionMachine(
            .init(windows, schema: schema), from: .init(offset: 0, sealedThrough: firstWindow),
            recording: Recording(idle: idle))
        let visible = log.entries.indices.filter { log.entries[$0].record != nil && log.entries[$0].fate == .committed }
        let offsets = visible.map(Int64.init)
        var steps: [MachineStep] = []
        let records = visible.map { log.entries[$0].record! }
        let payloads: [UnsafeRawPointer?] = records.map { $0.value?.buffer.baseAddress }
        let lengths = records.map { $0.value?.buffer.count ?? 0 }
        let timestamps = records.map { $0.timestampMilliseconds * 1000 }
        payloads.withUnsafeBufferPointer { payloads in
            lengths.withUnsafeBufferPointer { lengths in
                guard !payloads.isEmpty, let first = payloads.baseAddress, let length = lengths.baseAddress else {
                    return
                }
                decoder.decode(payloads: first, lengths: length, count: payloads.count)
            }
        }
        timestamps.withUnsafeBufferPointer { timestamps in
            guard !timestamps.isEmpty, let timestamp = timestamps.baseAddress else { return }
            decoder.resolveKnown(timestamps: timestamp)
            let ids = schema.unique.map {
                Array(UnsafeBufferPointer(start: decoder.cells($0.column), count: offsets.count))
            }
            offsets.withUnsafeBufferPointer { offsets in
                (ids ?? []).withUnsafeBufferPointer { ids in
                    guard let times = decoder.times.baseAddress, let faults = decoder.faults.baseAddress else { return }
                    machine.process(
                        .init(
                            offsets: offsets.baseAddress!, times: times, timestamps: timestamp, faults: faults,
                            ids: schema.unique == nil ? nil : ids.baseAddress), rows: 0..<offsets.count, into: &steps)
                }
            }
        }
        machine.obeyRecordedIdle(through: log.high, into: &steps)
        for step in steps { take(step, offsets) }
    }

    private mutating func take(_ step: MachineStep, _ offsets: [Int64]) {
        switch step {
        case .rows(let window, let rows): open[window, default: []] += offsets[rows]
        case .moved(let window, let row, _): open[window, default: []].append(offsets[row])
        case .release(let offset, let window, _): open[window, default: []].append(offset)
        case .dead(let row, _): dead.insert(offsets[row])
        case .giveUp(let offset, _, _): dead.insert(offset)
        case .seal(let seal):
            seals.append(
                ExpectedSeal(seal: seal, rows: seal.windows.map { (open.removeValue(forKey: $0.start) ?? []).sorted() })
            )
        case .hold, .forget, .diverged: break
        }
    }
}
