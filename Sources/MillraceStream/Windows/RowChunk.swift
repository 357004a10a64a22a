public import MillraceCore

/// Some rows of one slice in memory, column by column, as they will stand in its file.
///
/// `@unchecked Sendable`: a chunk has one owner at a time. The ingest thread fills it and hands it to the thread that
/// writes files, and does not touch it again.
public final class RowChunk: @unchecked Sendable {
    /// Rows after which a chunk is full. Files have the same chunks however their rows arrived.
    public static let fullRows = 8192
    /// Bytes of texts after which a chunk is full.
    public static let fullHeapBytes = 1 << 20

    let columnCount: Int
    private(set) var capacity: Int
    private(set) var count = 0
    /// Column after column, `capacity` cells each.
    private var cells: UnsafeMutablePointer<UInt64>
    private(set) var heaps: [[UInt8]]
    /// A stable copy of one heap for readers by pointer, made when it is first asked for.
    private var heapCopies: [Int: UnsafeMutableRawBufferPointer] = [:]
    private(set) var heapBytes = 0

    init(columnCount: Int, capacity: Int = 64) {
        self.columnCount = columnCount
        self.capacity = capacity
        cells = .allocate(capacity: columnCount * capacity)
        heaps = Array(repeating: [], count: columnCount)
    }

    deinit {
        cells.deallocate()
        for copy in heapCopies.values { copy.deallocate() }
    }

    func heap(_ column: Int) -> UnsafeRawBufferPointer {
        if let copy = heapCopies[column] { return UnsafeRawBufferPointer(copy) }
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: heaps[column].count, alignment: 1)
        copy.copyBytes(from: heaps[column])
        heapCopies[column] = copy
        return UnsafeRawBufferPointer(copy)
    }

    /// Bytes of memory it takes.
    public var bytes: Int { columnCount * capacity * 8 + heapBytes }
    var isFull: Bool { count >= Self.fullRows || heapBytes >= Self.fullHeapBytes }

    func column(_ index: Int) -> UnsafeBufferPointer<UInt64> {
        UnsafeBufferPointer(start: cells + index * capacity, count: count)
    }

    func reserve(_ rows: Int) {
        guard rows > capacity else { return }
        var larger = capacity
        while larger < rows { larger *= 2 }
        larger = min(max(rows, larger), max(rows, Self.fullRows))
        let moved = UnsafeMutablePointer<UInt64>.allocate(capacity: columnCount * larger)
        for index in 0..<columnCount {
            (moved + index * larger).update(from: cells + index * capacity, count: count)
        }
        cells.deallocate()
        cells = moved
        capacity = larger
    }

    /// Appends rows of a batch, as many as fit.
    /// - Returns: how many were taken.
    func append(_ source: some RowSource, rows: Range<Int>) -> Int {
        let room = min(rows.count, Self.fullRows - count)
        guard !source.hasTexts else { return appendTexts(source, rows: rows.prefix(room)) }
        reserve(count + room)
        for index in 0..<columnCount {
            (cells + index * capacity + count).update(from: source.cells(index) + rows.lowerBound, count: room)
        }
        count += room
        return room
    }

    /// Row by row, since a chunk ends with the row at which its texts reach their bound.
    private func appendTexts(_ source: some RowSource, rows: Range<Int>) -> Int {
        reserve(count + rows.count)
        var taken = 0
        for row in rows {
            if isFull { break }
            for index in 0..<columnCount {
                let cell = source.cells(index)[row]
                let isText = source.isText(index) && Cell.isHeapText(cell)
                cells[index * capacity + count] =
                    isText
                    ? put(
                        source.heap(index), start: Cell.textOffset(cell), length: Cell.textLength(cell), in: index)
                    : cell
            }
            count += 1
            taken += 1
        }
        return taken
    }

    private func put(_ heap: UnsafeRawBufferPointer, start: Int, length: Int, in column: Int) -> UInt64 {
        let offset = heaps[column].count
        heaps[column].append(contentsOf: UnsafeRawBufferPointer(rebasing: heap[start..<start + length]))
        heapBytes += length
        return Cell.text(offset: offset, length: length)
    }

    /// Overwrites one cell of the last row.
    func setLast(_ column: Int, _ cell: UInt64) { cells[column * capacity + count - 1] = cell }

    /// The chunk's block in a file: per column its cells, then its texts padded to a multiple of eight bytes.
    func encode(into buffer: inout [UInt8]) {
        for index in 0..<columnCount {
            buffer.append(contentsOf: UnsafeRawBufferPointer(column(index)))
            buffer.append(contentsOf: heaps[index])
            buffer.append(contentsOf: repeatElement(0, count: -heaps[index].count & 7))
        }
    }

    /// A chunk from its block.
    convenience init?(decoding bytes: UnsafeRawBufferPointer, columnCount: Int, rows: Int, heapBytes: [Int]) {
        self.init(columnCount: columnCount, capacity: max(1, rows))
        var at = 0
        for index in 0..<columnCount {
            let heap = heapBytes[index]
            guard heap >= 0, rows * 8 <= bytes.count - at, (heap + 7) & ~7 <= bytes.count - at - rows * 8 else {
                return nil
            }
            UnsafeMutableRawPointer(cells + index * capacity)
                .copyMemory(from: bytes.baseAddress! + at, byteCount: rows * 8)
            at += rows * 8
            heaps[index] = Array(bytes[at..<at + heap])
            self.heapBytes += heap
            at += (heap + 7) & ~7
        }
        guard at == bytes.count else { return nil }
        count = rows
    }
}

/// Where rows come from: a decoder's batch, or a table.
public protocol RowSource {
    func cells(_ column: Int) -> UnsafePointer<UInt64>
    func heap(_ column: Int) -> UnsafeRawBufferPointer
    /// Whether a column's cells may refer to its heap.
    func isText(_ column: Int) -> Bool
    /// Whether any cell does.
    var hasTexts: Bool { get }
}

extension RecordDecoder: RowSource {
    public func isText(_ column: Int) -> Bool { isTextColumn[column] }
}
