import MillraceCore

/// The ids of some thousands of events in a row, found by id. Small enough to stay in the processor's cache while it is
/// filled, and dropped whole: most events never get a label, so adding one must cost next to nothing.
final class EventIDs {
    static let capacity = 16_384
    private static let mask = 2 * capacity - 1

    /// The number of the first event.
    let first: Int
    @exclusivity(unchecked) private(set) var count = 0
    private let cells: UnsafeMutablePointer<UInt64>
    /// One more than the place of an event, by hash; 0 where there is none.
    private let slots: UnsafeMutablePointer<UInt32>
    @exclusivity(unchecked) private var heap: [UInt8] = []

    init(first: Int) {
        self.first = first
        cells = .allocate(capacity: Self.capacity)
        slots = .allocate(capacity: Self.mask + 1)
        slots.initialize(repeating: 0, count: Self.mask + 1)
    }

    deinit {
        cells.deallocate()
        slots.deallocate()
    }

    var isFull: Bool { count == Self.capacity }

    /// Adds the next event; one without an id is never found.
    @inline(__always)
    func append(_ cell: UInt64, _ bytes: UnsafePointer<UInt8>?) {
        var own = cell
        if Cell.isHeapText(cell), let bytes {
            let length = Cell.textLength(cell)
            own = Cell.text(offset: heap.count, length: length)
            heap.append(contentsOf: UnsafeBufferPointer(start: bytes + Cell.textOffset(cell), count: length))
        }
        cells[count] = own
        count += 1
        guard cell != Cell.nullText else { return }
        var slot = Int(CellTable.hash(cell, bytes, isText: true)) & Self.mask
        while slots[slot] != 0 { slot = (slot + 1) & Self.mask }
        slots[slot] = UInt32(count)
    }

    /// The number of the newest event of an id; −1 when there is none.
    func find(_ cell: UInt64, hash: UInt32, _ bytes: UnsafePointer<UInt8>?) -> Int {
        var slot = Int(hash) & Self.mask
        var newest = -1
        while slots[slot] != 0 {
            let place = Int(slots[slot]) - 1
            if place > newest, matches(cells[place], cell, bytes) { newest = place }
            slot = (slot + 1) & Self.mask
        }
        return newest < 0 ? -1 : first + newest
    }

    private func matches(_ own: UInt64, _ cell: UInt64, _ bytes: UnsafePointer<UInt8>?) -> Bool {
        guard Cell.isHeapText(cell) else { return own == cell }
        guard Cell.isHeapText(own), Cell.textLength(own) == Cell.textLength(cell), let bytes else { return false }
        let start = Cell.textOffset(own)
        let other = bytes + Cell.textOffset(cell)
        for index in 0..<Cell.textLength(cell) where heap[start + index] != other[index] { return false }
        return true
    }
}
