/// A text and how it was written, which decides what it can mean: a quoted `"7"` is a text, a plain `7` a number.
public struct Scalar: Sendable, Equatable {
    public enum Style: Sendable, Equatable {
        case plain, singleQuoted, doubleQuoted, literal, folded
    }

    /// What a scalar means under YAML 1.2's core schema.
    public enum Value: Sendable, Equatable {
        case null
        case boolean(Bool)
        case integer(Int64)
        case float(Double)
        case text(String)
    }

    public var text: String
    public var style: Style

    public init(_ text: String, style: Style = .plain) {
        self.text = text
        self.style = style
    }

    public var isPlain: Bool { style == .plain }

    /// The core schema's reading (YAML 1.2.2, section 10.3.2). `yes`, `on` and dates are texts there.
    public var value: Value {
        guard isPlain else { return .text(text) }
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .float(-.infinity)
        case ".nan", ".NaN", ".NAN": return .float(.nan)
        default: return number ?? .text(text)
        }
    }

    private var number: Value? {
        if text.hasPrefix("0x"), let value = Int64(text.dropFirst(2), radix: 16), text.utf8.count > 2,
            text.utf8.dropFirst(2).first != UInt8(ascii: "-"), text.utf8.dropFirst(2).first != UInt8(ascii: "+")
        {
            return .integer(value)
        }
        if text.hasPrefix("0o"), let value = Int64(text.dropFirst(2), radix: 8),
            text.utf8.dropFirst(2).first != UInt8(ascii: "-"), text.utf8.dropFirst(2).first != UInt8(ascii: "+")
        {
            return .integer(value)
        }
        // Swift's own reading knows more forms (hexadecimal floats, "nan"), so the characters are looked at first.
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): break
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        if let value = Int64(text) { return .integer(value) }
        let first = text.utf8.first == UInt8(ascii: "-") || text.utf8.first == UInt8(ascii: "+")
        guard text.utf8.dropFirst(first ? 1 : 0).first != UInt8(ascii: "e"),
            text.utf8.dropFirst(first ? 1 : 0).first != UInt8(ascii: "E")
        else { return nil }
        return Double(text).map(Value.float)
    }
}
