public import Millrace

/// Follows one partition's seals in order and holds them, and their ledgers, to the promise that every offset has exactly
/// one fate. A value: seals and ledgers go in, faults come out.
public struct PartitionAudit: Sendable {
    public private(set) var report: AuditReport.Partition
    public private(set) var faults: [AuditReport.Fault] = []
    /// Offsets that were set aside.
    public private(set) var deadOffsets: [Range<Int64>] = []
    private var sequence: Int?
    private var rowsByWindow: [Window: Int] = [:]
    private var sealedRows: [Window: Int] = [:]
    private var sealedThrough = Timestamp.distantPast
    /// Whether every ledger was there: without one, rows cannot be told by window.
    public private(set) var isComplete = true

    public init(_ partition: String) { report = .init(partition) }

    /// - Parameter ledger: nil when there is no whole one.
    public mutating func add(_ seal: SliceSealed, ledger: Ledger?) {
        follow(seal)
        report.seals += 1
        report.slices += seal.slices.count
        report.nextOffset = max(report.nextOffset, seal.nextOffset)
        report.late += seal.late
        report.duplicates += seal.duplicates
        report.dead += seal.dead
        sealedThrough = max(sealedThrough, seal.sealedThrough)
        for slice in seal.slices {
            report.rows += slice.rows
            if sealedRows.updateValue(slice.rows, forKey: slice.window) != nil {
                fault(.repeatedSlice, "window \(slice.window) was sealed twice")
            }
            if slice.window.end > seal.sealedThrough {
                fault(.disagreement, "seal \(seal.sequence) holds window \(slice.window), which it does not seal")
            }
        }
        guard let ledger else {
            isComplete = false
            return
        }
        check(ledger, of: seal)
    }

    /// - Parameters:
    ///   - committed: the group's offset.
    ///   - deadLetters: offsets of this partition that ingest set aside; nil when they may have expired.
    public mutating func finish(committed: Int64?, deadLetters: Set<Int64>?) {
        report.committed = committed
        if isComplete {
            for (window, rows) in rowsByWindow.sorted(by: { $0.key < $1.key }) where window.end <= sealedThrough {
                let sealed = sealedRows[window] ?? 0
                guard sealed != rows else { continue }
                fault(
                    .disagreement, "window \(window): the ledgers say \(rows) rows, its slice holds \(sealed)")
            }
            for (window, rows) in sealedRows.sorted(by: { $0.key < $1.key }) where rowsByWindow[window] == nil {
                fault(.disagreement, "window \(window): a slice of \(rows) rows, of which no ledger knows")
            }
        }
        guard let deadLetters else { return }
        for range in deadOffsets {
            guard let lost = range.first(where: { !deadLetters.contains($0) }) else { continue }
            fault(.lostDeadLetter, "offset \(lost) was set aside, and there is no dead letter of it")
        }
    }

    private mutating func follow(_ seal: SliceSealed) {
        if let sequence {
            if seal.sequence != sequence + 1 {
                fault(
                    seal.sequence > sequence ? .gap : .overlap,
                    "expected seal \(sequence + 1), found \(seal.sequence)")
            }
            if seal.firstOffset > report.nextOffset {
                fault(.gap, "offsets \(report.nextOffset) to \(seal.firstOffset - 1) are in no seal")
            } else if seal.firstOffset < report.nextOffset {
                fault(
                    .overlap,
                    "offsets \(seal.firstOffset) to \(min(report.nextOffset, seal.nextOffset) - 1) are in two seals")
            }
        } else {
            report.firstOffset = seal.firstOffset
            if seal.sequence != 0 { fault(.gap, "expected seal 0 first, found \(seal.sequence)") }
        }
        if seal.nextOffset < seal.firstOffset {
            fault(.disagreement, "seal \(seal.sequence) ends at \(seal.nextOffset), before it begins")
        }
        sequence = seal.sequence
    }

    private mutating func check(_ ledger: Ledger, of seal: SliceSealed) {
        func differ(_ what: String, _ expected: some CustomStringConvertible, _ found: some CustomStringConvertible) {
            fault(
                .disagreement,
                "seal \(seal.sequence): the message says \(what) \(expected), its ledger \(found)")
        }
        guard ledger.topic == seal.topic, ledger.partition == seal.partition else {
            return differ(
                "partition", "\(seal.topic)/\(seal.partition)", "\(ledger.topic)/\(ledger.partition)")
        }
        if ledger.sequence != seal.sequence { differ("sequence", seal.sequence, ledger.sequence) }
        if ledger.firstOffset != seal.firstOffset { differ("first offset", seal.firstOffset, ledger.firstOffset) }
        if ledger.nextOffset != seal.nextOffset { differ("next offset", seal.nextOffset, ledger.nextOffset) }
        if ledger.count(.late) != seal.late { differ("late", seal.late, ledger.count(.late)) }
        if ledger.count(.duplicate) != seal.duplicates {
            differ("duplicates", seal.duplicates, ledger.count(.duplicate))
        }
        if ledger.count(.dead) != seal.dead { differ("dead", seal.dead, ledger.count(.dead)) }
        report.absent += ledger.count(.absent)
        var offset = ledger.firstOffset
        for run in ledger.runs {
            let next = offset + Int64(run.count)
            if run.outcome == .lost {
                report.lost += run.count
                fault(
                    .lostRecords,
                    "offsets \(offset) to \(next - 1) were removed by the topic's retention before they were read")
            }
            if run.outcome == .dead { deadOffsets.append(offset..<next) }
            if run.outcome == .row, let window = run.window { rowsByWindow[window, default: 0] += run.count }
            offset = next
        }
    }

    private mutating func fault(_ code: AuditReport.Fault.Code, _ message: String) {
        faults.append(.init(code, report.partition, message))
    }
}
