import MillraceCore

extension PartitionMachine {
    /// One record to be decided.
    struct Decision {
        var row: Int
        var offset: Int64
        var time: Int64
        var timestamp: Int64
        var fault: UInt8
        var id: UInt64
    }

    /// Offsets below `offset` that were never delivered: markers of transactions, aborted or compacted records.
    mutating func advance(to offset: Int64) {
        guard offset > nextOffset else { return }
        let first = max(nextOffset, decidedBelow)
        if offset > first { ledger.add(.absent, count: Int(offset - first)) }
        nextOffset = offset
    }

    mutating func decide(_ record: Decision, into steps: inout [MachineStep]) {
        obeyRecordedIdle(through: record.offset, into: &steps)
        // The client library may deliver a record again; it has been decided.
        guard record.offset >= nextOffset else { return }
        advance(to: record.offset)
        if record.offset < decidedBelow { return recover(record, into: &steps) }
        if let fault = RecordFault(rawValue: record.fault) {
            return bury(record, fault, into: &steps)
        }
        guard Self.times.contains(record.time) else { return bury(record, .timeOutOfRange, into: &steps) }
        let jump = settings.maximumJump
        if Self.believedTimestamps.contains(record.timestamp), record.time > record.timestamp + jump {
            return bury(record, .future, into: &steps)
        }
        guard let base = base, record.time <= base + jump else {
            hold(record, into: &steps)
            return
        }
        if held.isEmpty { sealIfDue(at: record.time, position: record.offset, into: &steps) }
        let placed = place(
            offset: record.offset, time: record.time, id: record.id, snapshot: snapshotBefore(record.offset))
        ledger.add(placed.outcome, window: placed.window)
        nextOffset = record.offset + 1
        switch placed.outcome {
        case .row where placed.time != record.time:
            steps.append(.moved(window: placed.window, row: record.row, time: placed.time))
        case .row:
            steps.append(.rows(window: placed.window, rows: record.row..<record.row + 1))
        default: break
        }
        if !held.isEmpty {
            ordinarySinceHeld += 1
            if ordinarySinceHeld >= settings.patience { giveUpHeld(isRecorded: false, into: &steps) }
        }
    }

    /// After a loss, of a record that was decided before: a row of a window that is open becomes one again. What lies
    /// beyond the watermark was never taken, and what lies before `sealedThrough` is sealed or was late.
    private mutating func recover(_ record: Decision, into steps: inout [MachineStep]) {
        nextOffset = record.offset + 1
        guard record.fault == 0, let watermark, let sealedThrough, sealedThrough <= record.time,
            record.time <= watermark
        else { return }
        let counted = counts
        let placed = place(
            offset: record.offset, time: record.time, id: record.id, snapshot: snapshotBefore(record.offset))
        counts = counted
        if placed.outcome == .row { steps.append(.rows(window: placed.window, rows: record.row..<record.row + 1)) }
    }

    /// What times are compared with: nil before anything is known.
    var base: Int64? {
        guard let watermark else { return sealedThrough }
        return max(watermark, sealedThrough ?? .min)
    }

    /// The state to which a rebuild of what this record begins must return.
    func snapshotBefore(_ offset: Int64) -> Snapshot {
        beforeHeld
            ?? Snapshot(
                offset: offset, watermark: watermark, sealedThrough: sealedThrough,
                decidedBelow: offset < decidedBelow ? decidedBelow : nil)
    }

    private mutating func bury(_ record: Decision, _ fault: RecordFault, into steps: inout [MachineStep]) {
        counts.dead += 1
        ledger.add(.dead)
        nextOffset = record.offset + 1
        if record.offset >= recording.deadLettersThrough { steps.append(.dead(row: record.row, fault: fault)) }
    }

    /// Finds a valid record's place and moves the watermark.
    mutating func place(offset: Int64, time: Int64, id: UInt64, snapshot: Snapshot)
        -> (outcome: Ledger.Outcome, window: Int64, time: Int64)
    {
        let isKnown = id != RecordDecoder.noID && memory?.remember(id, time: time, watermark: watermark) ?? false
        if time > watermark ?? .min {
            watermark = time
            keepSnapshot(snapshot)
        }
        if isKnown {
            counts.duplicates += 1
            noteRepetition(windowStart(time), snapshot)
            return (.duplicate, 0, time)
        }
        var time = time
        if let sealedThrough, time < sealedThrough {
            guard settings.kind == .labels else {
                counts.late += 1
                return (.late, 0, time)
            }
            counts.moved += 1
            time = sealedThrough
        }
        let start = windowStart(time)
        openWindow(start, snapshot: snapshot)
        open[current].rows += 1
        return (.row, start, time)
    }

    /// Makes `current` the window that starts then.
    private mutating func openWindow(_ start: Int64, snapshot: Snapshot) {
        if current < open.count, open[current].start == start { return }
        current = place(of: start)
        if current < open.count, open[current].start == start { return }
        open.insert(OpenWindow(start: start, rows: 0, snapshot: snapshot), at: current)
    }

    /// The index of the first open window that starts then or later.
    private func place(of start: Int64) -> Int {
        var low = 0
        var high = open.count
        while low < high {
            let middle = (low + high) / 2
            if open[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A repetition of an open window's time, before any row of it: whoever rebuilds the window must have the id before
    /// it in memory, or takes it for a row.
    private mutating func noteRepetition(_ start: Int64, _ snapshot: Snapshot) {
        guard start >= sealedThrough ?? .min else { return }
        let place = place(of: start)
        guard place >= open.count || open[place].start != start, !repeated.contains(where: { $0.start == start })
        else { return }
        repeated.append(OpenWindow(start: start, rows: 0, snapshot: snapshot))
    }

    /// For the memory of ids, a snapshot each time the watermark has moved by an eighth of the declared span.
    private mutating func keepSnapshot(_ snapshot: Snapshot) {
        guard let within = settings.uniqueWithin, beforeHeld == nil, let watermark else { return }
        if let newest = ring.last?.watermark, watermark < newest + max(1, within / 8) { return }
        guard snapshot.offset > ring.last?.offset ?? .min else { return }
        ring.append(Snapshot(offset: nextOffset, watermark: snapshot.watermark, sealedThrough: sealedThrough))
    }
}
