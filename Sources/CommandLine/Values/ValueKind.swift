/// What the value of an option or argument may be, and how it is read.
public enum ValueKind: Sendable, Equatable {
    case text
    /// A path of a file, completed by its endings (without dots; none: any file).
    case file(endings: [String] = [])
    case directory
    case integer(ClosedRange<Int>? = nil)
    case decimal(ClosedRange<Double>? = nil)
    /// A whole number with an optional `k`, `M` or `G` (powers of 1000): `10M`.
    case count(ClosedRange<Int>? = nil)
    /// A size: `128MiB`, `1GB`, or a plain number of bytes.
    case bytes
    /// A length of time: `7d`, `1h30m`, `250ms`.
    case duration
    /// A moment in UTC: `2018-04-01` or `2018-04-01T06:30:00Z`.
    case instant
    case choice([String])
}

/// A value after reading.
enum Value: Sendable, Equatable {
    case flag(Bool)
    case text(String)
    case integer(Int)
    case decimal(Double)
    case duration(Duration)
    /// Seconds since 1970-01-01T00:00:00Z.
    case instant(Int)
}

/// Thrown by `ValueKind.parse`: says what would have been understood.
struct ValueMismatch: Error, Equatable {
    var expected: String
}

extension ValueKind {
    /// The name that help shows for such a value when none was declared.
    var usualName: String {
        switch self {
        case .text: "text"
        case .file: "file"
        case .directory: "folder"
        case .integer, .count: "n"
        case .decimal: "number"
        case .bytes: "size"
        case .duration: "duration"
        case .instant: "time"
        case .choice(let choices): choices.joined(separator: "|")
        }
    }

    /// The sentence part after "expected".
    var expectation: String {
        switch self {
        case .text: "a text"
        case .file: "a file"
        case .directory: "a folder"
        case .integer(let range): "a whole number" + describe(range)
        case .decimal(let range): "a number" + describe(range)
        case .count(let range): "a count such as 5000, 250k or 10M" + describe(range)
        case .bytes: "a size such as 64KiB, 128MiB or 1GB"
        case .duration: "a duration such as 250ms, 30s, 1h30m or 7d"
        case .instant: "a moment in UTC such as 2018-04-01 or 2018-04-01T06:30:00Z"
        case .choice(let choices): "one of " + choices.joined(separator: ", ")
        }
    }

    private func describe<Bound>(_ range: ClosedRange<Bound>?) -> String {
        guard let range else { return "" }
        // An open-ended range is declared with the type's own limit, which would mean nothing to a reader.
        if let upper = range.upperBound as? Int, upper == .max { return " of at least \(range.lowerBound)" }
        if let upper = range.upperBound as? Double, upper == .infinity { return " of at least \(range.lowerBound)" }
        return " from \(range.lowerBound) to \(range.upperBound)"
    }

    func parse(_ raw: String) throws(ValueMismatch) -> Value {
        let value: Value? =
            switch self {
            case .text: .text(raw)
            case .file, .directory: raw.isEmpty ? nil : .text(raw)
            case .integer(let range): Int(raw).flatMap { check($0, range) }.map(Value.integer)
            case .decimal(let range): Double(raw).flatMap { $0.isNaN ? nil : check($0, range) }.map(Value.decimal)
            case .count(let range): Quantity.count(raw).flatMap { check($0, range) }.map(Value.integer)
            case .bytes: Quantity.bytes(raw).map(Value.integer)
            case .duration: Quantity.duration(raw).map(Value.duration)
            case .instant: Quantity.instant(raw).map(Value.instant)
            case .choice(let choices): choices.contains(raw) ? .text(raw) : nil
            }
        guard let value else { throw ValueMismatch(expected: expectation) }
        return value
    }

    private func check<Number: Comparable>(_ number: Number, _ range: ClosedRange<Number>?) -> Number? {
        guard let range else { return number }
        return range.contains(number) ? number : nil
    }
}
