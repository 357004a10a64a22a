import MillraceCore

extension PartitionMachine {
    /// Makes the seal that a time brings about, at a position.
    mutating func sealIfDue(at time: Int64, position: Int64, into steps: inout [MachineStep]) {
        let reached = max(time, watermark ?? .min)
        let due = windowStart(reached - settings.lateness)
        guard due > sealedThrough ?? .min else { return }
        seal(through: due, position: position, isIdle: false, into: &steps)
    }

    /// Seals through a moment that the partition's own watermark has not passed, because nothing more comes and the
    /// other partitions have gone on. `position` is the end of the partition: the offset of the next record to come.
    ///
    /// Does nothing when that much is sealed already, or while what has been recorded is being made again.
    public mutating func sealIdle(through moment: Int64, position: Int64, into steps: inout [MachineStep]) {
        let due = windowStart(moment)
        guard recording.isReached, recording.idle.isEmpty, due > sealedThrough ?? .min, position >= nextOffset else {
            return
        }
        advance(to: position)
        settleHeld(atIdle: due, isRecorded: false, into: &steps)
        seal(through: due, position: position, isIdle: true, into: &steps)
    }

    /// Makes the recorded idle seals up to a position again. To be called with the partition's end when it is reached:
    /// after the last of them no record may ever come.
    public mutating func obeyRecordedIdle(through offset: Int64, into steps: inout [MachineStep]) {
        while let idle = recording.idle.first, idle.position <= offset {
            recording.idle.removeFirst()
            guard idle.sealedThrough > sealedThrough ?? .min else { continue }
            advance(to: idle.position)
            settleHeld(atIdle: idle.settledThrough, isRecorded: true, into: &steps)
            seal(through: idle.sealedThrough, position: idle.position, isIdle: true, into: &steps)
        }
    }

    /// Seals in as many parts as the number of windows demands, all at the same position.
    private mutating func seal(
        through moment: Int64, position: Int64, isIdle: Bool, into steps: inout [MachineStep]
    ) {
        var part: Int64
        repeat {
            part = nextPart(through: moment, position: position)
            guard sealPart(through: part, of: moment, position: position, isIdle: isIdle, into: &steps) else { return }
        } while part < moment
    }

    /// Through which moment the next part goes. While reading again, not all windows are there that counted when parts
    /// were made: what was recorded tells, and only of the last seal does it matter.
    private func nextPart(through moment: Int64, position: Int64) -> Int64 {
        if !recording.isReached, let last = recording.seal {
            let isAmidst =
                last.isContinued && position == last.nextOffset && last.sealedThrough < moment
                && sealedThrough ?? .min < last.sealedThrough
            return isAmidst ? last.sealedThrough : moment
        }
        let most = settings.windowsPerSeal
        guard open.count > most, open[most].start + settings.size <= moment else { return moment }
        return open[most - 1].start + settings.size
    }

    /// - Returns: false when what is recorded says otherwise.
    private mutating func sealPart(
        through moment: Int64, of whole: Int64, position: Int64, isIdle: Bool, into steps: inout [MachineStep]
    ) -> Bool {
        sealedThrough = moment
        let closed = open.prefix { $0.start + settings.size <= moment }
        open.removeFirst(closed.count)
        repeated.removeAll { $0.start + settings.size <= moment }
        current = 0
        var isRecorded = false
        if !recording.isReached, let last = recording.seal {
            guard moment <= last.sealedThrough, moment < last.sealedThrough || position == last.nextOffset else {
                let found = Timestamp(microseconds: moment)
                let expected = Timestamp(microseconds: last.sealedThrough)
                steps.append(
                    .diverged(
                        "reading again gives a seal through \(found) at offset \(position), where seal \(last.sequence) "
                            + "through \(expected) at offset \(last.nextOffset) is recorded: windows.size, lateness, "
                            + "max_jump or the source's columns have changed under the same pipeline name, or the "
                            + "topic was made again"))
                return false
            }
            isRecorded = true
            recording.isReached = moment == last.sealedThrough
        }
        let openOffset: Int64
        (replay, openOffset) = chooseReplay(at: position)
        let seal = Seal(
            sequence: sequence, sealedThrough: moment, watermark: watermark,
            windows: closed.map { ($0.start, $0.rows) }, firstOffset: firstOffset, nextOffset: position,
            counts: counts, isIdle: isIdle, through: whole, replay: replay, openOffset: openOffset,
            ledger: isRecorded ? [] : ledger.runs(windowSize: settings.size, resolving: resolved, from: firstOffset),
            lost: lost, isRecorded: isRecorded)
        if !isRecorded {
            sequence += 1
            lost = nil
        }
        counts = SealCounts()
        ledger = LedgerBuilder()
        resolved.removeAll(keepingCapacity: true)
        firstOffset = position
        steps.append(.seal(seal))
        return true
    }

    /// The newest snapshot from which everything open, and the memory of ids, can be rebuilt. What lies between it and
    /// what is open only fills that memory, and is decided again with too little of it: so nothing of an open window,
    /// not even a repetition, may lie there.
    /// - Returns: that snapshot, and the first offset of what is open.
    private mutating func chooseReplay(at position: Int64) -> (replay: Snapshot, openOffset: Int64) {
        var base = Snapshot(offset: position, watermark: watermark, sealedThrough: sealedThrough)
        for window in open + repeated where window.snapshot.offset < base.offset { base = window.snapshot }
        guard let within = settings.uniqueWithin else { return (base, base.offset) }
        // An id that counts against a record at `base` or later has a time ≥ watermark − within; such times came after
        // the last snapshot whose watermark is below that.
        let needed = base.watermark.map { $0 - within } ?? .min
        let chosen = ring.lastIndex { $0.offset <= base.offset && $0.watermark ?? .min < needed } ?? 0
        ring.removeFirst(chosen)
        return (ring[0], base.offset)
    }
}
