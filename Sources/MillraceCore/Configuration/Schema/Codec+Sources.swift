import YAML

extension Codec where Value == ColumnType {
    static let columnType = Codec.scalar(
        ScalarShape(
            name: "column type",
            json: [
                (
                    "anyOf",
                    .array([
                        .object([("enum", .array(names.map(JSONText.string)))]),
                        .object([("pattern", .string("^(decimal\\([0-9]\\)|time\\([a-z0-9_]+\\))$"))]),
                    ])
                )
            ], allowed: names),
        expected: "a column type: \(names.joined(separator: ", "))",
        parse: { parse($0.text) }, format: { format($0) })

    private static var names: [String] {
        ["id", "decimal(2)", "float", "integer", "text", "boolean", "time", "time(unix_seconds)"]
    }

    private static func parse(_ text: String) -> ColumnType? {
        switch text {
        case "id": return .id
        case "float": return .float
        case "integer": return .integer
        case "text": return .text
        case "boolean": return .boolean
        case "time": return .time(.iso8601)
        default: break
        }
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { return nil }
        let argument = text[text.index(after: open)...].dropLast()
        switch text[..<open] {
        case "decimal": return Int(argument).flatMap { (0...9).contains($0) ? .decimal(scale: $0) : nil }
        case "time": return TimeFormat(rawValue: String(argument)).map { .time($0) }
        default: return nil
        }
    }

    static func format(_ type: ColumnType) -> String {
        switch type {
        case .id: "id"
        case .decimal(let scale): "decimal(\(scale))"
        case .float: "float"
        case .integer: "integer"
        case .text: "text"
        case .boolean: "boolean"
        case .time(.iso8601): "time"
        case .time(let format): "time(\(format.rawValue))"
        }
    }
}

extension Codec where Value == LabelValue {
    static let labelValue = Codec(
        shape: .scalar(
            ScalarShape(
                name: "value",
                json: [
                    (
                        "type",
                        .array([.string("string"), .string("number"), .string("boolean"), .string("null")])
                    )
                ])),
        decode: { node, path, decoding in
            guard case .scalar(let scalar) = node.content else {
                decoding.mismatch(.type, at: path, node, expected: "a number, a text, true, false or null")
                return nil
            }
            switch scalar.value {
            case .null: return .null
            case .boolean(let value): return .boolean(value)
            case .integer(let value): return .number(Double(value))
            case .float(let value): return .number(value)
            case .text(let text): return .text(text)
            }
        },
        encode: { value in
            switch value {
            case .null: .scalar("null")
            case .boolean(let value): .scalar(String(value))
            case .number(let value): .scalar(NumberText.format(value))
            // Quoted, so that the text "1" and the number 1 stay apart.
            case .text(let text): .scalar(JSONText.quote(text))
            }
        })
}

extension Codec where Value == String {
    static let personalKey = secret(such: "${file:/run/secrets/personal-key}")
    static let token = secret(such: "${file:/run/secrets/http-token}")

    /// Not written out in the file: what is in a repository is no secret.
    private static func secret(such example: String) -> Codec {
        Codec(
            shape: .scalar(ScalarShape(name: "secret", json: [("type", .string("string"))])),
            decode: { node, path, decoding in
                guard case .scalar(let scalar) = node.content else {
                    decoding.mismatch(.type, at: path, node, expected: "a secret such as \(example)")
                    return nil
                }
                guard scalar.isInterpolated else {
                    decoding.problem(
                        .value, at: path,
                        "a secret must not stand in the file; write ${NAME} or ${file:/path}")
                    return nil
                }
                guard scalar.text.utf8.count >= 16 else {
                    decoding.problem(
                        .value, at: path,
                        "expected a key of at least 16 bytes, found one of \(scalar.text.utf8.count)")
                    return nil
                }
                return scalar.text
            },
            // A hash that is published must not help to guess the key, and must change when the key does.
            encode: { .scalar("sha256:" + Checksum(of: $0).description) })
    }
}
