import YAML

/// A node of a pipeline file after interpolation.
struct SourceNode: Sendable {
    struct Text: Sendable {
        var text: String
        /// Written without quotes, so that its characters decide its type.
        var isPlain: Bool
        var isInterpolated = false
        /// Came from a secret file: never shown.
        var isSecret = false

        var value: Scalar.Value { Scalar(text, style: isPlain ? .plain : .doubleQuoted).value }

        /// The reading of a value that must be a number or a switch: `{ rounds: "${ROUNDS}" }` needs its quotes within
        /// braces, and means a number all the same.
        var typedValue: Scalar.Value { Scalar(text, style: isPlain || isInterpolated ? .plain : .doubleQuoted).value }
    }

    struct Entry: Sendable {
        var key: String
        var keyStart: Position
        var keyEnd: Position
        var value: SourceNode
    }

    enum Content: Sendable {
        case scalar(Text)
        case sequence([SourceNode])
        case mapping([Entry])
    }

    var content: Content
    var start: Position
    var end: Position

    var isNull: Bool {
        if case .scalar(let scalar) = content { scalar.value == .null } else { false }
    }

    subscript(key: String) -> SourceNode? {
        guard case .mapping(let entries) = content else { return nil }
        return entries.first { $0.key == key }?.value
    }

    /// How a message names what it found.
    var description: String {
        switch content {
        case .scalar(let scalar):
            if scalar.isSecret { return "a secret that does not fit" }
            if scalar.value == .null { return "nothing" }
            let text = scalar.text.count > 60 ? scalar.text.prefix(57) + "…" : scalar.text[...]
            return "'\(text.split(whereSeparator: \.isNewline).joined(separator: " "))'"
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        }
    }
}
