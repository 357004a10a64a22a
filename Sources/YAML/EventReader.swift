import CYAML

/// libyaml's parser, an event at a time. Not for more than one thread.
final class EventReader {
    struct Event {
        enum Kind {
            case streamEnd
            case documentStart
            case alias(String)
            case scalar(Scalar)
            case sequenceStart
            case mappingStart
            /// Of a sequence or a mapping.
            case end
            case other
        }
        var kind: Kind
        var anchor: String?
        var start: Position
        var end: Position
    }

    private let parser: UnsafeMutablePointer<yaml_parser_t>
    /// libyaml keeps a pointer into these for as long as the parser lives.
    private let input: UnsafeMutableBufferPointer<UInt8>

    init(_ bytes: [UInt8]) {
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else { fatalError("libyaml is out of memory") }
        input = .allocate(capacity: max(bytes.count, 1))
        _ = input.initialize(from: bytes)
        yaml_parser_set_input_string(parser, input.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    func next() throws(YAMLError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw problem() }
        defer { yaml_event_delete(&event) }
        var anchor: UnsafeMutablePointer<yaml_char_t>?
        let kind: Event.Kind
        switch event.type {
        case YAML_STREAM_END_EVENT: kind = .streamEnd
        case YAML_DOCUMENT_START_EVENT: kind = .documentStart
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
        case YAML_ALIAS_EVENT: kind = .alias(Self.text(event.data.alias.anchor) ?? "")
        case YAML_SEQUENCE_START_EVENT:
            anchor = event.data.sequence_start.anchor
            kind = .sequenceStart
        case YAML_MAPPING_START_EVENT:
            anchor = event.data.mapping_start.anchor
            kind = .mappingStart
        case YAML_SCALAR_EVENT:
            anchor = event.data.scalar.anchor
            kind = .scalar(Self.scalar(event))
        default: kind = .other
        }
        return Event(
            kind: kind, anchor: Self.text(anchor), start: Self.position(event.start_mark),
            end: Self.position(event.end_mark))
    }

    private static func scalar(_ event: yaml_event_t) -> Scalar {
        let data = event.data.scalar
        let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
        let style: Scalar.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
            case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
            case YAML_LITERAL_SCALAR_STYLE: .literal
            case YAML_FOLDED_SCALAR_STYLE: .folded
            default: .plain
            }
        return Scalar(text, style: style)
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private static func position(_ mark: yaml_mark_t) -> Position {
        Position(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func problem() -> YAMLError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "the text cannot be read"
        if state.error == YAML_READER_ERROR {
            // The reader knows only how many bytes it had taken.
            return YAMLError(
                .encoding, "\(problem) (byte \(state.problem_offset))", at: place(of: state.problem_offset))
        }
        if state.error == YAML_MEMORY_ERROR {
            return YAMLError(.limit, "libyaml is out of memory", at: Self.position(state.mark))
        }
        let context = state.context.map { String(cString: $0) + ": " } ?? ""
        return YAMLError(.syntax, context + problem, at: Self.position(state.problem_mark))
    }

    private func place(of offset: Int) -> Position {
        let before = input.prefix(offset)
        let line = before.count { $0 == UInt8(ascii: "\n") } + 1
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        // Continuation bytes are not characters of their own.
        let column = before[min(lineStart, before.endIndex)...].count { $0 & 0xC0 != 0x80 } + 1
        return Position(line: line, column: column)
    }
}
