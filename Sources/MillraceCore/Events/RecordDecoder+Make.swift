internal import SimdjsonShim

extension RecordDecoder {
    /// Hands the schema to the decoder, which copies everything.
    static func make(_ schema: RecordSchema, _ zone: ZoneOffsets) -> OpaquePointer {
        var texts: [UnsafeMutablePointer<CChar>] = []
        defer { for text in texts { text.deallocate() } }
        func text(_ string: String) -> UnsafePointer<CChar> {
            let bytes = Array(string.utf8CString)
            let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
            copy.initialize(from: bytes, count: bytes.count)
            texts.append(copy)
            return UnsafePointer(copy)
        }
        let columns = schema.fields.enumerated().map { index, field in
            let isLabel = schema.kind == .labels && index == 2
            let (kind, scale) = isLabel ? (MILLRACE_LABEL, 0) : kind(of: field.type)
            return millrace_column(
                path: text(field.path), kind: Int32(kind.rawValue), scale: Int32(scale),
                is_optional: field.isOptional ? 1 : 0)
        }
        var labels: [millrace_label_value] = []
        if let source = schema.labels {
            for (values, cell) in [(source.positive, 1), (source.negative, 0), (source.withdrawn, -1)] {
                for value in values {
                    var entry = millrace_label_value()
                    entry.cell = Int64(cell)
                    switch value {
                    case .null: entry.kind = 0
                    case .boolean(let flag): (entry.kind, entry.number) = (1, flag ? 1 : 0)
                    case .number(let number): (entry.kind, entry.number) = (2, number)
                    case .text(let string):
                        (entry.kind, entry.text, entry.text_length) = (3, text(string), string.utf8.count)
                    }
                    labels.append(entry)
                }
            }
        }
        let spans = zone.spans.map { millrace_zone_span(from: $0.from, offset: $0.offset) }
        return millrace_decoder_new(columns, columns.count, labels, labels.count, spans, spans.count)
    }

    private static func kind(of type: ColumnType) -> (millrace_kind, Int) {
        switch type {
        case .id: (MILLRACE_ID, 0)
        case .decimal(let scale): (MILLRACE_DECIMAL, scale)
        case .float: (MILLRACE_FLOAT, 0)
        case .integer: (MILLRACE_INTEGER, 0)
        case .text: (MILLRACE_TEXT, 0)
        case .boolean: (MILLRACE_BOOLEAN, 0)
        case .time(.iso8601): (MILLRACE_TIME_ISO8601, 0)
        case .time(.unixSeconds): (MILLRACE_TIME_UNIX, 6)
        case .time(.unixMilliseconds): (MILLRACE_TIME_UNIX, 3)
        case .time(.unixMicroseconds): (MILLRACE_TIME_UNIX, 0)
        }
    }
}

/// What is wrong with a declared schema.
public struct RecordSchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unknownTimeZone = "unknown-time-zone"
        case missingKey = "missing-personal-key"
    }

    public var code: Code
    public var message: String
    public var description: String { message }
}
