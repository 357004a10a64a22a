import MillraceCore

/// How often each value occurs among the events of a key inside one span.
struct DistinctCounts {
    private struct Pair: Hashable {
        var record: Int
        var value: UInt64
    }

    private var counts: [Pair: Int] = [:]

    /// True when the value is new for the key.
    mutating func add(record: Int, value: UInt64) -> Bool {
        let count = counts[Pair(record: record, value: value), default: 0]
        counts[Pair(record: record, value: value)] = count + 1
        return count == 0
    }

    /// True when the value occurs no more.
    mutating func remove(record: Int, value: UInt64) -> Bool {
        let pair = Pair(record: record, value: value)
        guard let count = counts[pair] else { return false }
        counts[pair] = count == 1 ? nil : count - 1
        return count == 1
    }
}
