public import MillraceCore

/// An open window of one partition: its last chunk in memory, the chunks before it handed on to be written.
public final class SliceBuilder {
    public let window: Window
    public let columns: [Column]
    /// Full chunks, to be written in this order.
    public private(set) var finished: [RowChunk] = []
    public private(set) var rows = 0
    private(set) var ranges = OffsetRanges()
    private var chunk: RowChunk
    /// Where the last chunk is while it is not in memory, and its shape.
    private var swapped: (path: String, rows: Int, heapBytes: [Int], checksum: Checksum)?

    public init(window: Window, columns: [Column]) {
        self.window = window
        self.columns = columns
        chunk = RowChunk(columnCount: columns.count)
    }

    /// Bytes in memory that are not handed on.
    public var bytes: Int { chunk.bytes + finished.reduce(0) { $0 + $1.bytes } + ranges.bytes }
    public var hasFinished: Bool { !finished.isEmpty }

    /// Appends rows of a batch whose offsets follow each other.
    /// - Throws: when rows that left memory cannot be read back. The slice is of no use then; the log has its rows.
    public func append(_ source: some RowSource, rows range: Range<Int>, firstOffset: Int64) throws {
        try swapIn()
        ranges.add(firstOffset, count: range.count)
        rows += range.count
        var start = range.lowerBound
        while start < range.upperBound {
            start += chunk.append(source, rows: start..<range.upperBound)
            if chunk.isFull {
                finished.append(chunk)
                chunk = RowChunk(columnCount: columns.count, capacity: RowChunk.fullRows)
            }
        }
    }

    /// Bytes that `swapOut` would free.
    public var swappableBytes: Int { swapped == nil && chunk.count > 0 ? chunk.bytes : 0 }

    /// Puts the last chunk into a file, for a time when memory is short. The next row brings it back.
    public func swapOut(to path: String) throws(FileError) {
        guard swapped == nil, chunk.count > 0 else { return }
        var bytes: [UInt8] = []
        chunk.encode(into: &bytes)
        // Not synced: after a crash the rows are read again from the log.
        try DurableFile.writeScratch(bytes, to: path)
        swapped = (path, chunk.count, chunk.heaps.map(\.count), Checksum(of: bytes))
        chunk = RowChunk(columnCount: columns.count, capacity: 1)
    }

    private func swapIn() throws {
        guard let swapped else { return }
        let bytes = try DurableFile.read(swapped.path, limit: .max)
        guard Checksum(of: bytes) == swapped.checksum,
            let chunk = bytes.withUnsafeBytes({
                RowChunk(
                    decoding: $0, columnCount: columns.count, rows: swapped.rows, heapBytes: swapped.heapBytes)
            })
        else {
            throw SliceFileError(
                .damaged, path: swapped.path, "expected \(swapped.rows) rows put here for want of memory, found others")
        }
        self.chunk = chunk
        discard()
    }

    /// Removes the file of rows that left memory.
    private func discard() {
        if let swapped { try? DurableFile.remove(swapped.path) }
        swapped = nil
    }

    deinit { discard() }

    /// Takes the full chunks away, to be written.
    public func takeFinished() -> [RowChunk] {
        defer { finished = [] }
        return finished
    }

    /// All that is left, with what the file's footer says.
    /// - Throws: as `append`.
    public func finish(
        _ origin: SliceOrigin, timeColumn: Int
    ) throws -> (chunks: [RowChunk], footer: SliceFooter) {
        try swapIn()
        var chunks = takeFinished()
        if chunk.count > 0 { chunks.append(chunk) }
        chunk = RowChunk(columnCount: columns.count, capacity: 1)
        let footer = SliceFooter(
            origin: origin, window: window, columns: columns, timeColumn: timeColumn, rows: rows, ranges: ranges)
        return (chunks, footer)
    }
}

/// Which partition a slice is of.
public struct SliceOrigin: Sendable, Equatable, Codable {
    public var kind: SliceSealed.Kind
    public var topic: String
    public var partition: Int
    public init(kind: SliceSealed.Kind, topic: String, partition: Int) {
        self.kind = kind
        self.topic = topic
        self.partition = partition
    }
}

/// The offsets of rows in the rows' order, as runs: distance from the end of the run before, length.
struct OffsetRanges: Sendable, Equatable {
    private(set) var encoded: [UInt8] = []
    private(set) var isAscending = true
    private var start: Int64 = 0
    private var end: Int64 = 0
    private var previousEnd: Int64 = 0

    var bytes: Int { encoded.count }

    mutating func add(_ offset: Int64, count: Int) {
        if offset == end, start < end {
            end += Int64(count)
            return
        }
        if start < end {
            if offset < end { isAscending = false }
            close()
        }
        start = offset
        end = offset + Int64(count)
    }

    private mutating func close() {
        guard start < end else { return }
        Varint.append(Varint.zigzag(start - previousEnd), to: &encoded)
        Varint.append(UInt64(end - start), to: &encoded)
        previousEnd = end
        start = end
    }

    /// The runs' bytes, the last included.
    func finished() -> [UInt8] {
        var whole = self
        whole.close()
        return whole.encoded
    }

    init() {}

    /// Nil unless the bytes are runs of `rows` offsets altogether.
    static func decode(_ bytes: [UInt8], rows: Int) -> [Range<Int64>]? {
        var ranges: [Range<Int64>] = []
        var index = 0
        var end: Int64 = 0
        var total = 0
        while index < bytes.count {
            guard let distance = Varint.read(bytes, &index), let count = Varint.read(bytes, &index), count > 0,
                count <= UInt64(rows - total)
            else { return nil }
            let (start, overflow) = end.addingReportingOverflow(Varint.unzigzag(distance))
            guard !overflow, start >= 0, start < 1 << 62 else { return nil }
            end = start + Int64(count)
            ranges.append(start..<end)
            total += Int(count)
        }
        return total == rows ? ranges : nil
    }
}
