public import MillraceCore

internal import Foundation

/// Reads and writes whole slices. The format is described at `SliceFileWriter`.
public enum SliceFile {
    /// A slice with all it says of itself.
    public struct Content: Sendable, Equatable {
        public var origin: SliceOrigin
        public var window: Window
        public var table: RowTable
        /// The offsets of the rows, as ranges in the rows' order.
        public var offsets: [Range<Int64>]
    }

    /// Reads a slice and checks it against the message that named it.
    /// - Parameters:
    ///   - reference: its path below `folder`, its size and checksum.
    ///   - columns: those expected; a slice with others is refused.
    public static func read(
        _ reference: FileReference, folder: String, columns: [Column]? = nil
    ) throws -> Content {
        let path = "\(folder)/\(reference.path)"
        let bytes = try DurableFile.read(reference, below: folder, limit: .max)
        let content = try decode(bytes, path: path)
        if let columns, content.table.columns != columns {
            throw SliceFileError(
                .otherColumns, path: path,
                "expected the columns \(columns.map(\.name)), found \(content.table.columns.map(\.name)), or other types"
            )
        }
        return content
    }

    /// Reads a slice's bytes. Any bytes whatsoever give a slice or an error.
    public static func decode(_ bytes: [UInt8], path: String) throws(SliceFileError) -> Content {
        let magic = SliceFileWriter.magic
        guard bytes.count >= 24, bytes.starts(with: magic), bytes.suffix(8).elementsEqual(magic) else {
            throw SliceFileError(.notASlice, path: path, "expected a slice that begins and ends with MILLSLC1")
        }
        let length = bytes[(bytes.count - 16)...].withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }.littleEndian
        guard length <= UInt64(bytes.count - 24) else {
            throw SliceFileError(.damaged, path: path, "the footer's length \(length) is beyond the file")
        }
        let footerStart = bytes.count - 16 - Int(length)
        let stored = try footer(Array(bytes[footerStart..<bytes.count - 16]), path: path)
        try check(stored, path: path, room: footerStart - magic.count)
        var table = RowTable(columns: stored.columns)
        for index in table.values.indices { table.values[index].cells.reserveCapacity(stored.rows) }
        var at = magic.count
        for chunk in stored.chunks {
            let size = blockBytes(chunk, columns: stored.columns.count)
            let decoded = bytes[at..<at + size].withUnsafeBytes {
                RowChunk(
                    decoding: $0, columnCount: stored.columns.count, rows: chunk.rows, heapBytes: chunk.heapBytes)
            }
            guard let decoded, hasValidTexts(decoded, columns: stored.columns) else {
                throw SliceFileError(.damaged, path: path, "a text lies outside its chunk, which begins at byte \(at)")
            }
            append(decoded, to: &table)
            at += size
        }
        guard let ranges = OffsetRanges.decode(Array(bytes[at..<footerStart]), rows: stored.rows) else {
            throw SliceFileError(.damaged, path: path, "the offset ranges do not name \(stored.rows) rows")
        }
        table.times = table.values[stored.timeColumn].cells.map(Int64.init(bitPattern:))
        return Content(origin: stored.origin, window: stored.window, table: table, offsets: ranges)
    }

    /// The offsets of a slice's rows, in the rows' order, read from its end alone: rows are not looked at.
    public static func offsets(ofFile path: String) throws -> [Range<Int64>] {
        let file: FileHandle
        do { file = try FileHandle(forReadingFrom: URL(filePath: path)) } catch {
            throw SliceFileError(.unreadable, path: path, "cannot be opened")
        }
        defer { try? file.close() }
        let end = Int(try file.seekToEnd())
        func bytes(_ range: Range<Int>) throws -> [UInt8] {
            try file.seek(toOffset: UInt64(range.lowerBound))
            let read = Array(try file.read(upToCount: range.count) ?? Data())
            guard read.count == range.count else { throw SliceFileError(.damaged, path: path, "ends too early") }
            return read
        }
        guard end >= 24, try bytes(end - 8..<end) == SliceFileWriter.magic else {
            throw SliceFileError(.notASlice, path: path, "expected a slice that ends with MILLSLC1")
        }
        let length = try bytes(end - 16..<end - 8).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }.littleEndian
        guard length <= UInt64(end - 24) else {
            throw SliceFileError(.damaged, path: path, "the footer's length \(length) is beyond the file")
        }
        let start = end - 16 - Int(length)
        let stored = try footer(try bytes(start..<end - 16), path: path)
        try check(stored, path: path, room: start - SliceFileWriter.magic.count)
        guard
            let ranges = OffsetRanges.decode(try bytes(start - stored.rangesBytes..<start), rows: stored.rows)
        else { throw SliceFileError(.damaged, path: path, "the offset ranges do not name \(stored.rows) rows") }
        return ranges
    }

    static func blockBytes(_ chunk: SliceFooter.Stored.Chunk, columns: Int) -> Int {
        chunk.heapBytes.reduce(chunk.rows * 8 * columns) { $0 + ($1 + 7) & ~7 }
    }

    static func append(_ chunk: RowChunk, to table: inout RowTable) {
        for index in table.values.indices {
            let base = table.values[index].heap.count
            let cells = chunk.column(index)
            if chunk.heaps[index].isEmpty {
                table.values[index].cells.append(contentsOf: cells)
            } else {
                table.values[index].cells.append(
                    contentsOf: cells.lazy.map { Cell.isHeapText($0) ? $0 + UInt64(base) : $0 })
                table.values[index].heap += chunk.heaps[index]
            }
        }
    }

    private static func footer(_ json: [UInt8], path: String) throws(SliceFileError) -> SliceFooter.Stored {
        do {
            return try JSONDecoder().decode(SliceFooter.Stored.self, from: Data(json))
        } catch {
            throw SliceFileError(.damaged, path: path, "the footer is not readable: \(error)")
        }
    }

    private static func check(_ stored: SliceFooter.Stored, path: String, room: Int) throws(SliceFileError) {
        guard stored.version == 1 else {
            throw SliceFileError(.notASlice, path: path, "expected version 1, found \(stored.version)")
        }
        let columns = stored.columns.count
        var total = stored.rangesBytes
        var rows = 0
        // Each number is bounded by the file's size before it is added, so that no sum can overflow.
        var isSound =
            stored.columns.indices.contains(stored.timeColumn) && (0...room).contains(total) && columns <= 1 << 16
        for chunk in stored.chunks where isSound {
            isSound =
                (1...max(1, room / 8)).contains(chunk.rows) && chunk.heapBytes.count == columns
                && chunk.heapBytes.allSatisfy { (0...room).contains($0) }
            guard isSound else { break }
            total += blockBytes(chunk, columns: columns)
            rows += chunk.rows
            isSound = total <= room
        }
        guard isSound, total == room, rows == stored.rows else {
            throw SliceFileError(
                .damaged, path: path, "the footer describes \(total) bytes and \(rows) rows, found \(room) bytes")
        }
    }

    private static func hasValidTexts(_ chunk: RowChunk, columns: [Column]) -> Bool {
        for (index, column) in columns.enumerated() {
            let bytes = chunk.heaps[index].count
            guard column.type == .id || column.type == .text else {
                guard bytes == 0 else { return false }
                continue
            }
            for cell in chunk.column(index) where Cell.isHeapText(cell) {
                guard Cell.textOffset(cell) + Cell.textLength(cell) <= bytes else { return false }
            }
        }
        return true
    }

    /// Writes a table as a slice. Its times are those of the time column.
    /// - Parameter offsets: of the rows, in their order.
    /// - Returns: the file, its path below `folder`.
    public static func write(
        _ table: RowTable, origin: SliceOrigin, window: Window, timeColumn: Int, offsets: [Range<Int64>], folder: String
    ) throws -> FileReference {
        let builder = SliceBuilder(window: window, columns: table.columns)
        let source = TableRows(table)
        var row = 0
        for range in offsets {
            try builder.append(source, rows: row..<row + range.count, firstOffset: range.lowerBound)
            row += range.count
        }
        let below = SliceFolder.path(topic: origin.topic, partition: origin.partition)
        try DurableFile.createFolder("\(folder)/\(below)")
        let writer = try SliceFileWriter(folder: "\(folder)/\(below)", window: window)
        let (chunks, footer) = try builder.finish(origin, timeColumn: timeColumn)
        for chunk in chunks { try writer.write(chunk) }
        var reference = try writer.commit(footer)
        reference.path = "\(below)/\(reference.path)"
        return reference
    }
}
