import MillraceCore

/// Numbers the different cells of a column from 0 on, keeping the texts of those that need them. Numbers given back are
/// given out again, so a table is as large as the cells that are in use.
///
/// Its owner never calls it from within itself, which its properties would otherwise check at every event.
/// Open addressing with linear probing; removal shifts the entries behind it back, so no tombstones gather.
final class CellTable {
    private struct Entry {
        var cell: UInt64
        var hash: UInt32
        var code: UInt32
    }

    private static let empty = UInt32.max

    /// Whether a set top bit means a text in the heap; otherwise cells are compared as they are.
    let isText: Bool
    @exclusivity(unchecked) private(set) var count = 0
    /// One more than the largest number given out so far.
    @exclusivity(unchecked) private(set) var codeLimit = 0

    @exclusivity(unchecked) private var entries: UnsafeMutablePointer<Entry>
    @exclusivity(unchecked) private var mask: Int
    @exclusivity(unchecked) private var cells: [UInt64] = []
    @exclusivity(unchecked) private var freeCodes: [UInt32] = []
    @exclusivity(unchecked) private var heap: [UInt8] = []
    @exclusivity(unchecked) private var deadBytes = 0

    init(isText: Bool) {
        self.isText = isText
        mask = 63
        entries = .allocate(capacity: 64)
        entries.initialize(repeating: Entry(cell: 0, hash: 0, code: Self.empty), count: 64)
    }

    deinit { entries.deallocate() }

    /// The number of a cell whose text, if it has one, lies in `bytes`; −1 when it has none.
    func find(_ cell: UInt64, _ bytes: UnsafePointer<UInt8>?) -> Int {
        let hash = Self.hash(cell, bytes, isText: isText)
        var index = Int(hash) & mask
        while entries[index].code != Self.empty {
            if matches(entries[index], cell, hash, bytes) { return Int(entries[index].code) }
            index = (index + 1) & mask
        }
        return -1
    }

    /// The number of a cell, a new one if need be.
    func insert(_ cell: UInt64, _ bytes: UnsafePointer<UInt8>?) -> (code: Int, isNew: Bool) {
        let hash = Self.hash(cell, bytes, isText: isText)
        var index = Int(hash) & mask
        while entries[index].code != Self.empty {
            if matches(entries[index], cell, hash, bytes) { return (Int(entries[index].code), false) }
            index = (index + 1) & mask
        }
        if count * 2 > mask {
            grow()
            return insert(cell, bytes)
        }
        var own = cell
        if isText, Cell.isHeapText(cell), let bytes {
            let length = Cell.textLength(cell)
            own = Cell.text(offset: heap.count, length: length)
            heap.append(contentsOf: UnsafeBufferPointer(start: bytes + Cell.textOffset(cell), count: length))
        }
        let code: UInt32
        if let free = freeCodes.popLast() {
            code = free
            cells[Int(code)] = own
        } else {
            code = UInt32(codeLimit)
            codeLimit += 1
            cells.append(own)
        }
        entries[index] = Entry(cell: own, hash: hash, code: code)
        count += 1
        return (Int(code), true)
    }

    /// Gives a number back.
    func remove(_ code: Int) {
        let cell = cells[code]
        let hash = heap.withUnsafeBufferPointer { Self.hash(cell, $0.baseAddress, isText: isText) }
        var index = Int(hash) & mask
        while entries[index].code != UInt32(code) { index = (index + 1) & mask }
        var hole = index
        var next = (index + 1) & mask
        while entries[next].code != Self.empty {
            let home = Int(entries[next].hash) & mask
            // The entry may move into the hole unless its home lies behind the hole.
            if (next &- home) & mask >= (next &- hole) & mask {
                entries[hole] = entries[next]
                hole = next
            }
            next = (next + 1) & mask
        }
        entries[hole].code = Self.empty
        count -= 1
        freeCodes.append(UInt32(code))
        if isText, Cell.isHeapText(cell) {
            deadBytes += Cell.textLength(cell)
            if deadBytes > 65_536, deadBytes * 2 > heap.count { compactHeap() }
        }
    }

    /// Appends the cell of a number in use.
    func append(_ code: Int, to column: inout CellColumn) {
        column.append(cells[code], from: CellColumn(cells: [], heap: heap), isText: isText)
    }

    @inline(__always)
    private func matches(_ entry: Entry, _ cell: UInt64, _ hash: UInt32, _ bytes: UnsafePointer<UInt8>?) -> Bool {
        guard isText, Cell.isHeapText(cell) else { return entry.cell == cell }
        guard entry.hash == hash, Cell.isHeapText(entry.cell), let bytes,
            Cell.textLength(entry.cell) == Cell.textLength(cell)
        else { return false }
        return heap.withUnsafeBufferPointer { own in
            let mine = own.baseAddress! + Cell.textOffset(entry.cell)
            let other = bytes + Cell.textOffset(cell)
            for index in 0..<Cell.textLength(cell) where mine[index] != other[index] { return false }
            return true
        }
    }

    private func grow() {
        let old = entries
        let oldCount = mask + 1
        mask = oldCount * 2 - 1
        entries = .allocate(capacity: oldCount * 2)
        entries.initialize(repeating: Entry(cell: 0, hash: 0, code: Self.empty), count: oldCount * 2)
        for position in 0..<oldCount where old[position].code != Self.empty {
            var index = Int(old[position].hash) & mask
            while entries[index].code != Self.empty { index = (index + 1) & mask }
            entries[index] = old[position]
        }
        old.deallocate()
    }

    private func compactHeap() {
        var compacted: [UInt8] = []
        compacted.reserveCapacity(heap.count - deadBytes)
        for index in 0...mask where entries[index].code != Self.empty && Cell.isHeapText(entries[index].cell) {
            let start = Cell.textOffset(entries[index].cell)
            let length = Cell.textLength(entries[index].cell)
            let cell = Cell.text(offset: compacted.count, length: length)
            compacted.append(contentsOf: heap[start..<start + length])
            entries[index].cell = cell
            cells[Int(entries[index].code)] = cell
        }
        heap = compacted
        deadBytes = 0
    }

    @inline(__always)
    static func hash(_ cell: UInt64, _ bytes: UnsafePointer<UInt8>?, isText: Bool) -> UInt32 {
        var word = cell
        if isText, Cell.isHeapText(cell), let bytes {
            word = StableHash.hash(
                UnsafeRawBufferPointer(start: bytes + Cell.textOffset(cell), count: Cell.textLength(cell)))
        }
        word = (word ^ word >> 32) &* 0xD6E8_FEB8_6659_FD93
        return UInt32(truncatingIfNeeded: word >> 32)
    }
}
