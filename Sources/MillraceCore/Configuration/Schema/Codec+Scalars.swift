import Foundation
import YAML

extension Codec where Value == String {
    /// Any text that is not empty; numbers and words such as `true` are taken as they are written.
    static let text = words("text", expected: "a text") { !$0.isEmpty }

    static let webAddress = words(
        "address", expected: "an address that begins with http:// or https://, without blanks",
        check: TracingSettings.isWebAddress)

    static func words(
        _ name: String, expected: String, pattern: String? = nil, check: @escaping @Sendable (String) -> Bool
    ) -> Codec {
        var json: [(key: String, value: JSONText)] = [
            ("type", .array([.string("string"), .string("number"), .string("boolean")]))
        ]
        if let pattern { json = [("type", .string("string")), ("pattern", .string(pattern))] }
        return scalar(
            ScalarShape(name: name, json: json), expected: expected,
            parse: { scalar in
                guard scalar.value != .null || !scalar.isPlain, check(scalar.text) else { return nil }
                return scalar.text
            }, format: { $0 })
    }

    static let pipelineName = words(
        "name", expected: "a name of 1 to 40 lower-case letters, digits and '-', beginning with a letter",
        pattern: "^[a-z][a-z0-9-]{0,39}$"
    ) { text in
        text.utf8.count <= 40 && text.utf8.first.map(isLower) ?? false
            && text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// Of columns and features: what an arithmetic feature can name.
    static let identifier = identifier("name")

    static func identifier(_ name: String) -> Codec {
        words(
            name, expected: "a \(name) of letters, digits and '_' that does not begin with a digit",
            pattern: "^[A-Za-z_][A-Za-z0-9_]{0,99}$"
        ) { text in
            (1...100).contains(text.utf8.count) && !isDigit(text.utf8.first!)
                && text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "_") }
        }
    }

    static let column = identifier("column")

    static let topic = words(
        "topic", expected: "a topic's name: 1 to 249 letters, digits, '.', '_' and '-'",
        pattern: "^[a-zA-Z0-9._-]{1,249}$"
    ) { text in
        (1...249).contains(text.utf8.count) && text != "." && text != ".."
            && text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || "._-".utf8.contains($0) }
    }

    static let timeZone = Codec.scalar(
        ScalarShape(
            name: "time zone", json: [("type", .string("string"))], allowed: TimeZone.knownTimeZoneIdentifiers),
        expected: "an IANA time zone such as Europe/Brussels or UTC",
        parse: { ZonedTime.zone(named: $0.text) == nil ? nil : $0.text }, format: { $0 })

    static let cron = words("cron expression", expected: "a cron expression of five fields such as '0 3 * * 1'") {
        !$0.isEmpty
    }.map(
        { text, _, path, decoding in
            do throws(CronExpression.ParseError) {
                return try CronExpression(text).description
            } catch {
                decoding.problem(.value, at: path, error.description)
                return nil
            }
        }, from: { $0 })

    static let arithmetic = words(
        "expression", expected: "an arithmetic expression such as 'amount / customer_mean_7d'"
    ) { !$0.isEmpty }
}

private func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
private func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

extension Codec where Value == Int {
    static func integer(_ range: ClosedRange<Int>, name: String = "whole number") -> Codec {
        let isOpen = range.upperBound == .max
        let bound = isOpen ? "\(range.lowerBound) or more" : "\(range.lowerBound)…\(range.upperBound)"
        var json: [(key: String, value: JSONText)] = [
            ("type", .string("integer")), ("minimum", .number("\(range.lowerBound)")),
        ]
        if !isOpen { json.append(("maximum", .number("\(range.upperBound)"))) }
        return scalar(
            ScalarShape(name: name, json: json, bound: bound, isText: false),
            expected: isOpen ? "a whole number, \(bound)" : "a whole number of \(bound)",
            parse: { scalar in
                guard case .integer(let value) = scalar.typedValue else { return nil }
                return Int(exactly: value).flatMap { range.contains($0) ? $0 : nil }
            }, format: { String($0) })
    }

    /// `64MiB`, `2GB`, `4096`: bytes.
    static let bytes = Codec.scalar(
        ScalarShape(
            name: "size",
            json: [
                ("type", .array([.string("string"), .string("integer")])),
                ("pattern", .string("^[0-9]+ ?([KMGT]i?)?B?$")),
            ]),
        expected: "a size such as 64MiB or 2GB",
        parse: { ByteSize.parse($0.text) }, format: { ByteSize.format($0) })
}

extension Codec where Value == Double {
    static func number(_ range: ClosedRange<Double>, isOpenBelow: Bool = false) -> Codec {
        var json: [(key: String, value: JSONText)] = [("type", .string("number"))]
        var bounds: [String] = []
        if range.lowerBound > -.infinity {
            json.append((isOpenBelow ? "exclusiveMinimum" : "minimum", .number(NumberText.format(range.lowerBound))))
            bounds.append((isOpenBelow ? "more than " : "at least ") + NumberText.format(range.lowerBound))
        }
        if range.upperBound < .infinity {
            json.append(("maximum", .number(NumberText.format(range.upperBound))))
            bounds.append("at most " + NumberText.format(range.upperBound))
        }
        let bound = bounds.isEmpty ? nil : bounds.joined(separator: ", ")
        return scalar(
            ScalarShape(name: "number", json: json, bound: bound, isText: false),
            expected: "a number" + (bound.map { " of " + $0 } ?? ""),
            parse: { scalar in
                let value: Double
                switch scalar.typedValue {
                case .integer(let whole): value = Double(whole)
                case .float(let number): value = number
                default: return nil
                }
                guard value.isFinite, range.contains(value), !isOpenBelow || value > range.lowerBound else {
                    return nil
                }
                return value
            }, format: { NumberText.format($0) })
    }

    static let anyNumber = number(-Double.infinity...Double.infinity)
    static let share = number(0...1)
}

extension Codec where Value == Bool {
    static let boolean = Codec.scalar(
        ScalarShape(name: "true or false", json: [("type", .string("boolean"))], isText: false),
        expected: "true or false",
        parse: { scalar in
            guard case .boolean(let value) = scalar.typedValue else { return nil }
            return value
        }, format: { String($0) })
}

extension Codec where Value == Duration {
    /// More than nothing.
    static let duration = duration(zero: false)
    /// Nothing (`0s`) or more.
    static let durationOrZero = duration(zero: true)

    private static func duration(zero: Bool) -> Codec {
        .scalar(
            ScalarShape(
                name: "duration",
                json: [("type", .string("string")), ("pattern", .string("^([0-9]+(us|ms|s|m|h|d|w))+$"))],
                bound: zero ? nil : "more than 0s"),
            expected: zero ? "a duration such as 1h30m or 0s" : "a duration of more than 0s, such as 7d or 1h30m",
            parse: { scalar in
                DurationText.parse(scalar.text).flatMap { zero || $0 > .zero ? $0 : nil }
            }, format: { DurationText.format($0) })
    }
}

extension Codec where Value == Timestamp {
    /// `2018-05-15`, `2018-05-15T06:00:00`, with or without a zone.
    static let timestamp = Codec(
        shape: .scalar(
            ScalarShape(
                name: "time",
                json: [
                    ("type", .string("string")),
                    ("pattern", .string("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9:.]+([Zz]|[+-][0-9]{2}:[0-9]{2})?)?$")),
                ])),
        decode: { node, path, decoding in
            guard case .scalar(let scalar) = node.content,
                let time = ZonedTime.parse(scalar.text, in: decoding.timeZone)
            else {
                decoding.mismatch(at: path, node, expected: "a time such as 2018-05-15 or 2018-05-15T06:00:00Z")
                return nil
            }
            return time
        }, encode: { .scalar($0.description) })
}

extension Codec where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice(_ name: String) -> Codec {
        let allowed = Value.allCases.map(\.rawValue)
        return .scalar(
            ScalarShape(name: name, json: [("enum", .array(allowed.map(JSONText.string)))], allowed: allowed),
            expected: "one of " + allowed.joined(separator: ", "),
            parse: { Value(rawValue: $0.text) }, format: { $0.rawValue })
    }
}
