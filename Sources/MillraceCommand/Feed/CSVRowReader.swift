import CommandLine
import Millrace

/// Makes JSON events of CSV lines: numbers keep the file's text, so that nothing is rounded on the way.
struct CSVRowReader: RowReader {
    private struct Output {
        /// `{"name":` or `,"name":`.
        var prefix: [UInt8]
        var column: Int
        var style: EventLayout.Style
    }

    private let columns: [String]
    private let layout: EventLayout
    private let outputs: [Output]
    private let timeColumn: Int
    private let keyColumn: Int?
    private let idColumn: Int?
    private let labelColumn: Int?
    private var fields = CSVFields()
    private var times: TimeReader

    init(_ columns: [String], _ layout: EventLayout, zone: String, file: String) throws {
        self.columns = columns
        self.layout = layout
        times = TimeReader(layout.timeFormat, zone: zone)
        func find(_ name: String, _ purpose: String) throws -> Int {
            if let index = columns.firstIndex(of: name) { return index }
            throw UsageError(
                .invalidValue, "Expected a column '\(name)' (\(purpose)) in \(file), found none.",
                advice: "Its columns: " + columns.joined(separator: ", ") + ".")
        }
        timeColumn = try find(layout.time, "the events' time")
        keyColumn = try layout.key.map { try find($0, "the messages' key") }
        labelColumn = try layout.label.map { try find($0.column, "the label") }
        idColumn = labelColumn == nil ? nil : try layout.id.map { try find($0, "the events' id") }
        let label = layout.label?.column
        let members =
            layout.members?.map { ($0.name, $0.style) }
            ?? columns.filter { $0 != label }.map { ($0, EventLayout.Style.automatic) }
        outputs = try members.enumerated().map { index, member in
            var prefix: [UInt8] = [UInt8(ascii: index == 0 ? "{" : ",")]
            Array(member.0.utf8).withUnsafeBytes { JSONBytes.appendString($0, to: &prefix) }
            prefix.append(UInt8(ascii: ":"))
            return Output(prefix: prefix, column: try find(member.0, "declared by the pipeline"), style: member.1)
        }
    }

    mutating func read(_ line: UnsafeRawBufferPointer, into row: inout EventRow) -> String? {
        if let trouble = fields.read(line) { return trouble }
        guard fields.count == columns.count else {
            return "expected \(columns.count) fields, found \(fields.count)"
        }
        guard let time = fields.with(timeColumn, of: line, { times.read($0) }) else {
            let found = fields.with(timeColumn, of: line) { String(decoding: $0, as: UTF8.self) }
            return "expected a time (\(layout.timeFormat.rawValue)) in column '\(layout.time)', found '\(found)'"
        }
        row.time = time
        for output in outputs {
            row.payload.append(contentsOf: output.prefix)
            fields.with(output.column, of: line) { JSONBytes.append($0, output.style, to: &row.payload) }
        }
        row.payload.append(UInt8(ascii: "}"))
        if let keyColumn { fields.with(keyColumn, of: line) { row.key.append(contentsOf: $0) } }
        guard let labelColumn, let label = layout.label else { return nil }
        fields.with(labelColumn, of: line) { field in
            if !field.isEmpty { JSONBytes.append(field, .automatic, to: &row.label) }
        }
        row.isPositive = label.isPositive(row.label)
        if let idColumn { fields.with(idColumn, of: line) { JSONBytes.append($0, .automatic, to: &row.id) } }
        return nil
    }
}
