public import Millrace

/// Holds the rows that slices hold to those that ledgers gave their windows, offset by offset.
public struct SliceAudit: Sendable {
    /// Of windows that are not sealed yet.
    private var expected: [Window: [Range<Int64>]] = [:]

    public init() {}

    /// Takes note of what became of the offsets before a seal.
    public mutating func add(_ ledger: Ledger) {
        for (window, offsets) in ledger.rows { expected[window, default: []].append(offsets) }
    }

    /// Lets go of a window whose slice is not looked at.
    public mutating func skip(_ window: Window) { expected[window] = nil }

    /// - Parameter offsets: of the slice's rows, in their order.
    /// - Returns: the first offset that is not where it must be, and why.
    public mutating func check(
        _ window: Window, offsets: [Range<Int64>]
    ) -> (code: AuditReport.Fault.Code, message: String)? {
        let wanted = Self.joined(expected.removeValue(forKey: window) ?? [])
        let found = offsets.sorted { $0.lowerBound < $1.lowerBound }
        for (range, next) in zip(found, found.dropFirst()) where next.lowerBound < range.upperBound {
            return (.overlap, "window \(window): offset \(next.lowerBound) is in its slice twice")
        }
        let held = Self.joined(found)
        for index in 0..<max(wanted.count, held.count) {
            let want = index < wanted.count ? wanted[index] : nil
            let have = index < held.count ? held[index] : nil
            guard want != have else { continue }
            let bounds = [want?.lowerBound, have?.lowerBound].compactMap { $0 }
            // Where both begin alike, one ends before the other.
            let first =
                want?.lowerBound == have?.lowerBound
                ? min(want?.upperBound ?? 0, have?.upperBound ?? 0) : bounds.min() ?? 0
            if want?.contains(first) == true {
                return (.gap, "window \(window): offset \(first) is a row by its ledger, and its slice has no such row")
            }
            return (.overlap, "window \(window): its slice has a row of offset \(first), by its ledger no row of it")
        }
        return nil
    }

    /// Ascending ranges, those that touch made one.
    private static func joined(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
        var joined: [Range<Int64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }
}
