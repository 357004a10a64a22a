import MillraceCore
import Foundation

/// Memory for many growing rings: blocks of a power of two of words, reused by size. Blocks are named by their offset,
/// since the whole may move when it grows.
final class RingArena {
    @exclusivity(unchecked) private(set) var base: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private var used = 0
    private var unused: [Int: [Int]] = [:]

    init() {
        capacity = 1 << 12
        base = Self.allocate(words: capacity)
        base.initialize(repeating: 0, count: capacity)
    }

    deinit { free(UnsafeMutableRawPointer(base)) }

    /// In large pages where they fit: rings are read all over, and with small pages nearly every read would miss the
    /// processor's table of pages as well as its cache.
    private static func allocate(words: Int) -> UnsafeMutablePointer<UInt64> {
        let page = 2 << 20
        let isLarge = words * 8 >= page
        var memory: UnsafeMutableRawPointer?
        precondition(posix_memalign(&memory, isLarge ? page : 64, words * 8) == 0, "out of memory")
        if isLarge { _ = madvise(memory, words * 8, MADV_HUGEPAGE) }
        return memory!.bindMemory(to: UInt64.self, capacity: words)
    }

    /// The offset of a block of `words` words, with any content.
    func allocate(_ words: Int) -> Int {
        if let offset = unused[words]?.popLast() { return offset }
        if used + words > capacity {
            let larger = max(capacity * 2, used + words)
            let moved = Self.allocate(words: larger)
            moved.update(from: base, count: used)
            (moved + used).initialize(repeating: 0, count: larger - used)
            free(UnsafeMutableRawPointer(base))
            base = moved
            capacity = larger
        }
        defer { used += words }
        return used
    }

    func release(_ offset: Int, words: Int) {
        unused[words, default: []].append(offset)
    }
}
