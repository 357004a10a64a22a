extension Pipeline {
    /// The pipeline as a file with every default written out: what the worker goes by. Secrets are left out, so that
    /// it reads back as the same pipeline if it has none.
    public var text: String {
        guard case .mapping(let entries) = canonical else { return "" }
        return entries.map { entry in
            switch entry.value {
            case .list(let members) where !members.isEmpty:
                "\(entry.key):\n" + members.map { "  - \($0.yaml)\n" }.joined()
            case .mapping(let settings) where !settings.isEmpty:
                "\(entry.key):\n" + settings.map { Self.line($0) }.joined()
            default: "\(entry.key): \(entry.value.yaml)\n"
            }
        }.joined()
    }

    private static func line(_ entry: ConfigurationValue.Entry) -> String {
        // A hash stands where a secret was.
        if case .scalar(let text) = entry.value, text.hasPrefix("sha256:") { return "  # \(entry.key): \(text)\n" }
        return "  \(entry.key): \(entry.value.yaml)\n"
    }
}

extension ConfigurationValue {
    /// On one line, quoted where it must be.
    var yaml: String {
        switch self {
        case .scalar(let text):
            let isPlain =
                !text.isEmpty && text.utf8.allSatisfy { Self.plain.contains($0) } && text.first != "-"
                && text.first != "." && !["null", "~"].contains(text)
            // A quoted text of labels carries its quotes with it; a dollar would begin a variable.
            let isQuoted = text.count >= 2 && text.hasPrefix("\"") && text.hasSuffix("\"")
            if text == "null" || isQuoted { return text.replacing("$", with: "$$") }
            let isNumber = Double(text) != nil
            return isPlain || isNumber ? text : JSONText.quote(text.replacing("$", with: "$$"))
        case .list(let values): return "[" + values.map(\.yaml).joined(separator: ", ") + "]"
        case .mapping(let entries):
            if entries.isEmpty { return "{}" }
            return "{ " + entries.map { "\(Self.scalar($0.key).yaml): \($0.value.yaml)" }.joined(separator: ", ") + " }"
        }
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/()+".utf8)
}
