import MillraceCore

/// A few moments of a group in a partition, oldest first, in 16 bytes each: tens of thousands of such lists are kept.
///
/// Times are kept to the millisecond, and a lag of more than 16 million records to seven digits, never above the true one.
/// What is 49 days older than the newest is forgotten.
struct LookList: Sendable, RandomAccessCollection {
    struct Look: Sendable, Equatable {
        /// µs since 1970.
        var time: Int64
        /// The group's next offset.
        var offset: Int64
        /// The partition's end, as far as it was known then.
        var end: Int64
        var lag: Int64 { Swift.max(0, end - offset) }
    }

    private struct Packed {
        /// Since the origin.
        var milliseconds: UInt32
        var lag: Float
        var offset: Int64
    }

    private var packed: [Packed] = []
    /// ms since 1970.
    private var origin: Int64 = 0

    var startIndex: Int { 0 }
    var endIndex: Int { packed.count }

    subscript(index: Int) -> Look {
        let look = packed[index]
        return Look(
            time: (origin + Int64(look.milliseconds)) * 1000, offset: look.offset, end: look.offset + Int64(look.lag))
    }

    /// - Parameter capacity: how many are kept, with this one.
    mutating func append(_ look: Look, capacity: Int) {
        if packed.isEmpty {
            origin = look.time / 1000
            packed.reserveCapacity(capacity)
        }
        if packed.count >= capacity { packed.removeFirst(packed.count - capacity + 1) }
        moveOrigin(for: look.time / 1000)
        packed.append(pack(look))
    }

    mutating func replaceLast(with look: Look) { packed[packed.count - 1] = pack(look) }

    /// A clock that was set back stands still here.
    private func pack(_ look: Look) -> Packed {
        var lag = Float(look.lag)
        if Int64(lag) > look.lag { lag = lag.nextDown }
        return Packed(
            milliseconds: UInt32(clamping: look.time / 1000 - origin), lag: lag, offset: look.offset)
    }

    private mutating func moveOrigin(for newest: Int64) {
        guard newest - origin > Int64(UInt32.max) else { return }
        packed.removeAll { newest - (origin + Int64($0.milliseconds)) > Int64(UInt32.max) }
        let first = packed.first.map { origin + Int64($0.milliseconds) } ?? newest
        for index in packed.indices { packed[index].milliseconds -= UInt32(first - origin) }
        origin = first
    }
}
