public import MillraceCore

/// Writes one slice file: chunks as they come, the footer at the end. Owned by the thread that writes files.
///
/// File: `MILLSLC1`; the chunks' blocks; the offset ranges of the rows; the footer as JSON with sorted keys; the
/// footer's length as eight bytes (little-endian); `MILLSLC1`. Equal rows give equal bytes.
public final class SliceFileWriter {
    static let magic = Array("MILLSLC1".utf8)

    private var file: DurableFileWriter?
    private var chunks: [SliceFooter.Stored.Chunk] = []
    private var buffer: [UInt8] = []
    private let folder: String
    private let workFolder: String

    /// - Parameters:
    ///   - folder: where the file will be; it exists.
    ///   - workFolder: where it is until it is complete: one of the same file system, which exists; nil: `folder`.
    public init(folder: String, workFolder: String? = nil, window: Window) throws(FileError) {
        self.folder = folder
        self.workFolder = workFolder ?? folder
        var file = try DurableFileWriter("\(self.workFolder)/\(window.fileName).slice")
        try file.write(Self.magic)
        self.file = consume file
    }

    public func write(_ chunk: RowChunk) throws(FileError) {
        buffer.removeAll(keepingCapacity: true)
        chunk.encode(into: &buffer)
        chunks.append(.init(rows: chunk.count, heapBytes: chunk.heaps.map(\.count)))
        try file?.write(buffer)
    }

    /// Makes the file durable under a name with its content's hash.
    /// - Returns: its name in the folder, size and checksum.
    public func commit(_ footer: SliceFooter) throws -> FileReference {
        guard var file = file.take() else { preconditionFailure("a slice file can be committed once") }
        guard footer.ranges.isAscending else {
            let sorted = try commitSorted(footer, temporaryPath: file.temporaryPath)
            _ = consume file
            return sorted
        }
        let ranges = footer.ranges.finished()
        try file.write(ranges)
        let stored = SliceFooter.Stored(
            origin: footer.origin, window: footer.window, columns: footer.columns, timeColumn: footer.timeColumn,
            rows: footer.rows, chunks: chunks, rangesBytes: ranges.count)
        let json = try MessageCodec.json(stored)
        try file.write(json)
        try file.write(withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) })
        try file.write(Self.magic)
        let bytes = file.count
        let (folder, window) = (folder, footer.window)
        let checksum = try file.commit { "\(folder)/\(Self.name(window, $0))" }
        return FileReference(path: Self.name(window, checksum), bytes: bytes, sha256: checksum.description)
    }

    static func name(_ window: Window, _ checksum: Checksum) -> String {
        "\(window.fileName)-\(checksum.prefix(16)).slice"
    }

    /// Rows that were held came after rows with higher offsets: the file is written again in the order of offsets.
    private func commitSorted(_ footer: SliceFooter, temporaryPath: String) throws -> FileReference {
        let bytes = try DurableFile.read(temporaryPath, limit: .max)
        var table = RowTable(columns: footer.columns)
        var at = Self.magic.count
        for chunk in chunks {
            let size = SliceFile.blockBytes(chunk, columns: footer.columns.count)
            try bytes[at..<at + size].withUnsafeBytes { block in
                guard
                    let rows = RowChunk(
                        decoding: block, columnCount: footer.columns.count, rows: chunk.rows,
                        heapBytes: chunk.heapBytes)
                else { throw SliceFileError(.damaged, path: temporaryPath, "a chunk changed under the writer") }
                SliceFile.append(rows, to: &table)
            }
            at += size
        }
        guard let runs = OffsetRanges.decode(footer.ranges.finished(), rows: footer.rows) else {
            preconditionFailure("offset ranges cannot read their own bytes")
        }
        let offsets = runs.flatMap { Array($0) }
        let order = offsets.indices.sorted { offsets[$0] < offsets[$1] }
        let builder = SliceBuilder(window: footer.window, columns: footer.columns)
        let source = TableRows(table)
        for row in order { try builder.append(source, rows: row..<row + 1, firstOffset: offsets[row]) }
        let (sorted, sortedFooter) = try builder.finish(footer.origin, timeColumn: footer.timeColumn)
        let writer = try SliceFileWriter(folder: folder, workFolder: workFolder, window: footer.window)
        for chunk in sorted { try writer.write(chunk) }
        return try writer.commit(sortedFooter)
    }
}

/// The rows of a table as a source of rows.
final class TableRows: RowSource {
    private let table: RowTable
    private let cellBuffers: [UnsafeMutablePointer<UInt64>]
    private let heapBuffers: [UnsafeMutableRawBufferPointer]

    init(_ table: RowTable) {
        self.table = table
        cellBuffers = table.values.map { column in
            let copy = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, column.cells.count))
            copy.initialize(from: column.cells, count: column.cells.count)
            return copy
        }
        heapBuffers = table.values.map { column in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: column.heap.count, alignment: 1)
            copy.copyBytes(from: column.heap)
            return copy
        }
    }

    deinit {
        for buffer in cellBuffers { buffer.deallocate() }
        for buffer in heapBuffers { buffer.deallocate() }
    }

    func cells(_ column: Int) -> UnsafePointer<UInt64> { UnsafePointer(cellBuffers[column]) }
    func heap(_ column: Int) -> UnsafeRawBufferPointer { UnsafeRawBufferPointer(heapBuffers[column]) }
    func isText(_ column: Int) -> Bool { table.columns[column].type == .id || table.columns[column].type == .text }
    var hasTexts: Bool { table.values.contains { !$0.heap.isEmpty } }
}
