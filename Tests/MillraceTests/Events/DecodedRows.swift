import Millrace

/// Decodes payloads and gives the cells as texts, for comparisons in tests.
struct DecodedRows {
    let decoder: RecordDecoder

    init(_ columns: [Column], zone: String = "UTC", key: String? = nil) throws {
        var columns = columns
        if !columns.contains(where: { $0.name == "t" }) {
            columns.append(Column(name: "t", type: .time(.iso8601), isOptional: true))
        }
        let source = EventSource(
            topics: ["x"], timeColumn: "t", idColumn: columns[0].name, columns: columns, personalKey: key)
        decoder = try RecordDecoder(RecordSchema(events: source, timeZone: zone))
    }

    init(_ source: EventSource) throws { decoder = try RecordDecoder(RecordSchema(events: source)) }

    func decode(_ payloads: [[UInt8]?], timestamps: [Int64]? = nil) {
        let copies = payloads.map { payload in
            payload.map { bytes in
                // Allocated to the byte, so that a reader beyond the end is noticed by a sanitizer.
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 1)
                copy.copyBytes(from: bytes)
                return copy
            }
        }
        defer { for copy in copies { copy?.deallocate() } }
        decoder.decode(
            payloads: copies.map { UnsafeRawPointer($0?.baseAddress) }, lengths: payloads.map { $0?.count ?? 0 },
            count: payloads.count)
        if let timestamps { decoder.resolveKnown(timestamps: timestamps) }
    }

    /// The first column of one payload: its value, `null`, or the fault's code.
    func first(_ json: String) -> String {
        decode([Array(json.utf8)])
        if let (fault, _) = decoder.fault(0) { return fault.code }
        return cell(0, 0)
    }

    func cell(_ row: Int, _ index: Int) -> String {
        let column = CellColumn(
            cells: (0..<decoder.count).map { decoder.cells(index)[$0] }, heap: Array(decoder.heap(index)))
        switch decoder.schema.columns[index].type {
        case .id, .text: return column.text(row).map { "\"\($0)\"" } ?? "null"
        case .float:
            let value = Double(bitPattern: column.cells[row])
            return value.isNaN ? "null" : "\(value)"
        default: return column.integer(row).map { "\($0)" } ?? "null"
        }
    }
}
