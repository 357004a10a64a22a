import Compression
import Millrace

/// Reads the events of a CSV or JSON-lines file, packed or not, one row after the other.
final class EventReader {
    enum Format: String, CaseIterable { case csv, jsonl }

    let lines: LineReader
    let format: Format
    /// How labels are written; nil when none are read.
    let labelLayout: EventLayout.Label?
    private var rows: any RowReader

    /// - Parameters:
    ///   - format: by the name's ending if nil; standard input needs it said.
    ///   - layout: the layout for a file with these columns (nil for JSON lines, where each line has its own).
    init(path: String, format: Format?, zone: String, layout: ([String]?) throws -> EventLayout) throws {
        lines = try LineReader(path: path)
        self.format = format ?? Self.format(of: path)
        switch self.format {
        case .jsonl:
            let layout = try layout(nil)
            labelLayout = layout.label
            rows = JSONRowReader(layout, zone: zone)
        case .csv:
            guard let header = try lines.next() else {
                throw ReplayError(path, line: 1, "expected a header with the names of columns, found an empty file")
            }
            // A byte order mark is no part of the first name.
            let start = header.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            let text = UnsafeRawBufferPointer(rebasing: header[start...])
            var fields = CSVFields()
            if let trouble = fields.read(text) { throw ReplayError(path, line: 1, trouble) }
            let columns = (0..<fields.count).map { fields.with($0, of: text) { String(decoding: $0, as: UTF8.self) } }
            let layout = try layout(columns)
            labelLayout = layout.label
            rows = try CSVRowReader(columns, layout, zone: zone, file: path)
        }
    }

    private static func format(of path: String) -> Format {
        var name = path[...]
        for packing in [".gz", ".zst", ".zstd"] where name.hasSuffix(packing) { name = name.dropLast(packing.count) }
        return [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) } ? .jsonl : .csv
    }

    /// Reads the next row; false at the end of the file.
    func next(_ row: inout EventRow) throws -> Bool {
        while let line = try lines.next() {
            if line.isEmpty { continue }
            row.removeAll()
            if let trouble = rows.read(line, into: &row) {
                throw ReplayError(lines.source.file, line: lines.lineNumber, trouble)
            }
            return true
        }
        return false
    }
}

/// Makes a row of a line.
protocol RowReader {
    /// - Returns: nil when the line could be read, else what is wrong with it.
    mutating func read(_ line: UnsafeRawBufferPointer, into row: inout EventRow) -> String?
}

extension EventLayout.Label {
    /// The label's text, quotes taken off, is one of the positive values.
    func isPositive(_ bytes: [UInt8]) -> Bool {
        positive.contains { $0.utf8.elementsEqual(JSONBytes.unquoted(bytes)) }
    }
}

extension JSONBytes {
    static func unquoted(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        bytes.first == UInt8(ascii: "\"") && bytes.count > 1 ? bytes[1..<(bytes.count - 1)] : bytes[...]
    }
}
