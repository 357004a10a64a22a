import MillraceCore

/// The ids seen lately, with the greatest time each was seen with: open addressing, 16 bytes an entry.
struct UniqueMemory: Sendable {
    private let within: Int64
    private var keys: [UInt64]
    private var times: [Int64]
    private var count = 0

    init(within: Int64) {
        self.within = within
        keys = Array(repeating: 0, count: 1024)
        times = Array(repeating: .min, count: 1024)
    }

    var bytes: Int { keys.count * 16 }

    /// Remembers an id and says whether it was seen with a time ≥ watermark − within.
    mutating func remember(_ key: UInt64, time: Int64, watermark: Int64?) -> Bool {
        let mask = keys.count - 1
        var slot = Self.slot(key, mask)
        while times[slot] != .min {
            if keys[slot] == key {
                let isKnown = times[slot] >= (watermark.map { $0 - within } ?? (.min + 1))
                if time > times[slot] { times[slot] = time }
                return isKnown
            }
            slot = (slot + 1) & mask
        }
        keys[slot] = key
        times[slot] = time
        count += 1
        if count * 3 > keys.count * 2 { rebuild(watermark: watermark) }
        return false
    }

    /// Forgets what no longer counts, and makes room.
    private mutating func rebuild(watermark: Int64?) {
        let least = watermark.map { $0 - within } ?? (.min + 1)
        let live = times.reduce(0) { $0 + ($1 >= least ? 1 : 0) }
        var capacity = 1024
        while capacity < live * 3 { capacity *= 2 }
        let (oldKeys, oldTimes) = (keys, times)
        keys = Array(repeating: 0, count: capacity)
        times = Array(repeating: .min, count: capacity)
        count = live
        for index in oldKeys.indices where oldTimes[index] >= least {
            var slot = Self.slot(oldKeys[index], capacity - 1)
            while times[slot] != .min { slot = (slot + 1) & (capacity - 1) }
            keys[slot] = oldKeys[index]
            times[slot] = oldTimes[index]
        }
    }

    private static func slot(_ key: UInt64, _ mask: Int) -> Int {
        let mixed = (key ^ key >> 32) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed ^ mixed >> 29) & mask
    }
}
