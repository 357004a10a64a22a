public import MillraceCore

extension Ledger {
    /// The offsets that became rows of windows, in the order of the log.
    public var rows: [(window: Window, offsets: Range<Int64>)] {
        var offset = firstOffset
        var rows: [(window: Window, offsets: Range<Int64>)] = []
        for run in runs {
            let next = offset + Int64(run.count)
            if run.outcome == .row, let window = run.window { rows.append((window, offset..<next)) }
            offset = next
        }
        return rows
    }
}
