/// A JSON document with its keys in the order given, for schemas that people read.
indirect enum JSONText: Sendable, Equatable {
    case object([(key: String, value: JSONText)])
    case array([JSONText])
    case string(String)
    case number(String)
    case boolean(Bool)

    static func == (a: JSONText, b: JSONText) -> Bool { a.rendered() == b.rendered() }

    func rendered(indent: Int = 0) -> String {
        let pad = String(repeating: "  ", count: indent + 1)
        let close = "\n" + String(repeating: "  ", count: indent)
        switch self {
        case .object(let entries):
            if entries.isEmpty { return "{}" }
            let lines = entries.map { pad + Self.quote($0.key) + ": " + $0.value.rendered(indent: indent + 1) }
            return "{\n" + lines.joined(separator: ",\n") + close + "}"
        case .array(let values):
            let texts = values.map { $0.rendered(indent: indent + 1) }
            if !texts.contains(where: { $0.contains("\n") }), texts.reduce(0, { $0 + $1.count }) < 90 {
                return "[" + texts.joined(separator: ", ") + "]"
            }
            return "[\n" + texts.map { pad + $0 }.joined(separator: ",\n") + close + "]"
        case .string(let text): return Self.quote(text)
        case .number(let text): return text
        case .boolean(let value): return value ? "true" : "false"
        }
    }

    static func quote(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
