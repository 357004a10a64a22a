import MillraceCore

extension PartitionMachine {
    /// Keeps a record whose time lies beyond the jump, and sees whether it confirms those held before it.
    mutating func hold(_ record: Decision, into steps: inout [MachineStep]) {
        if held.isEmpty {
            beforeHeld = Snapshot(offset: record.offset, watermark: watermark, sealedThrough: sealedThrough)
            ordinarySinceHeld = 0
        }
        held.append(Held(offset: record.offset, time: record.time, id: record.id))
        ledger.add(.held)
        nextOffset = record.offset + 1
        steps.append(.hold(row: record.row, offset: record.offset))
        if let moment = confirmedMoment() {
            accept(through: moment + settings.maximumJump, into: &steps)
            if held.isEmpty { sealAfterHolding(into: &steps) }
        } else if held.count >= 2 * settings.patience {
            if base == nil {
                // So scattered that nothing agrees: begin at the earliest, which makes nothing late.
                let earliest = held.map(\.time).min() ?? record.time
                accept(through: earliest + settings.maximumJump, into: &steps)
                if held.isEmpty { sealAfterHolding(into: &steps) }
            } else {
                giveUpHeld(isRecorded: false, into: &steps)
            }
        }
    }

    /// The earliest held time that enough others agree with: they lie within one jump after it, and they are more than
    /// the ordinary records since the first was held.
    private func confirmedMoment() -> Int64? {
        let needed = max(settings.confirmations + 1, ordinarySinceHeld + 1)
        guard held.count >= needed else { return nil }
        let times = held.map(\.time).sorted()
        var end = 0
        for first in times.indices {
            while end < times.count, times[end] <= times[first] + settings.maximumJump { end += 1 }
            if end - first >= needed { return times[first] }
        }
        return nil
    }

    /// Decides the held records up to a time, and those that are no longer beyond the jump then, in offset order.
    private mutating func accept(through moment: Int64, into steps: inout [MachineStep]) {
        var limit = moment
        while true {
            let accepted = held.filter { $0.time <= limit }
            guard !accepted.isEmpty else { break }
            held.removeAll { $0.time <= limit }
            for record in accepted { settle(record, into: &steps) }
            limit = max(limit, (base ?? .min) + settings.maximumJump)
        }
        ordinarySinceHeld = 0
    }

    private mutating func settle(_ record: Held, into steps: inout [MachineStep]) {
        let placed = place(
            offset: record.offset, time: record.time, id: record.id, snapshot: beforeHeld ?? snapshotBefore(nextOffset))
        resolved[record.offset] = (placed.outcome, placed.window)
        if placed.outcome == .row {
            steps.append(.release(offset: record.offset, window: placed.window, time: placed.time))
        } else {
            steps.append(.forget(offset: record.offset))
        }
    }

    /// Nothing confirmed them: they are dead.
    mutating func giveUpHeld(isRecorded: Bool, into steps: inout [MachineStep]) {
        let isWritten = isRecorded || nextOffset - 1 < recording.deadLettersThrough
        for record in held {
            counts.dead += 1
            resolved[record.offset] = (.dead, 0)
            steps.append(.giveUp(offset: record.offset, fault: .future, isRecorded: isWritten))
        }
        held.removeAll()
        if !isRecorded { sealAfterHolding(into: &steps) }
    }

    /// The seal that was put off while records were held.
    private mutating func sealAfterHolding(into steps: inout [MachineStep]) {
        beforeHeld = nil
        if let watermark { sealIfDue(at: watermark, position: nextOffset, into: &steps) }
    }

    /// At an idle seal nothing stays held: what the other partitions' times do not confirm is dead.
    mutating func settleHeld(atIdle through: Int64, isRecorded: Bool, into steps: inout [MachineStep]) {
        guard !held.isEmpty else { return }
        accept(through: max(through, base ?? .min) + settings.maximumJump, into: &steps)
        if !held.isEmpty {
            let rest = held
            for record in rest {
                counts.dead += 1
                resolved[record.offset] = (.dead, 0)
                steps.append(.giveUp(offset: record.offset, fault: .future, isRecorded: isRecorded))
            }
            held.removeAll()
        }
        beforeHeld = nil
    }
}
