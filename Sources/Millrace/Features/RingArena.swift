/// Memory for many growing rings: blocks of a power of two of words, reused by size. Blocks are named by their offset,
/// since the whole may move when it grows.
final class RingArena {
    @exclusivity(unchecked) private(set) var base: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private var used = 0
    private var free: [Int: [Int]] = [:]

    init() {
        capacity = 1 << 12
        base = .allocate(capacity: capacity)
        base.initialize(repeating: 0, count: capacity)
    }

    deinit { base.deallocate() }

    /// The offset of a block of `words` words, with any content.
    func allocate(_ words: Int) -> Int {
        if let offset = free[words]?.popLast() { return offset }
        if used + words > capacity {
            let larger = max(capacity * 2, used + words)
            let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: larger)
            moved.update(from: base, count: used)
            (moved + used).initialize(repeating: 0, count: larger - used)
            base.deallocate()
            base = moved
            capacity = larger
        }
        defer { used += words }
        return used
    }

    func release(_ offset: Int, words: Int) {
        free[words, default: []].append(offset)
    }
}
