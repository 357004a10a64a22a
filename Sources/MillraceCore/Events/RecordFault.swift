internal import SimdjsonShim

/// Why a record cannot become a row. The raw values are those of the decoder; the name goes into dead letters, metrics
/// and logs.
public enum RecordFault: UInt8, Error, Sendable, CaseIterable {
    case badJSON = 1
    case notAnObject = 2
    case badText = 3
    case tombstone = 4
    case missingField = 5
    case wrongType = 6
    case outOfRange = 7
    case tooPrecise = 8
    case notFinite = 9
    case badTime = 10
    case tooLong = 11
    case unknownLabel = 12
    /// Not the decoder's: the partition's machine says so.
    case future = 64
    case timeOutOfRange = 65

    /// `bad-json`, `missing-field`, …: stable, for programs.
    public var code: String {
        switch self {
        case .badJSON: "bad-json"
        case .notAnObject: "not-an-object"
        case .badText: "bad-text"
        case .tombstone: "tombstone"
        case .missingField: "missing-field"
        case .wrongType: "wrong-type"
        case .outOfRange: "out-of-range"
        case .tooPrecise: "too-precise"
        case .notFinite: "not-finite"
        case .badTime: "bad-time"
        case .tooLong: "too-long"
        case .unknownLabel: "unknown-label"
        case .future: "future"
        case .timeOutOfRange: "time-out-of-range"
        }
    }

    /// What was expected and what was found, for people. `column` is the one that the fault is about, if it is one;
    /// `time` is the record's (µs).
    public func message(column: Column? = nil, time: Int64? = nil) -> String {
        let place = column.map { $0.path == $0.name ? "field '\($0.path)'" : "field '\($0.path)' (column \($0.name))" }
        let field = place ?? "a field"
        let kind = column.map { $0.type.expectation } ?? "a value of the declared type"
        return switch self {
        case .badJSON: "the payload is not well-formed JSON"
        case .notAnObject: "the payload is not a JSON object"
        case .badText: "the payload is not valid UTF-8"
        case .tombstone: "the record has no payload (a tombstone); events and labels must have one"
        case .missingField: "\(field) is missing or null and the column is not optional"
        case .wrongType: "\(field) must be \(kind)"
        case .outOfRange: "\(field) is beyond what \(kind) can hold"
        case .tooPrecise: "\(field) has more fractional digits than \(kind) keeps"
        case .notFinite: "\(field) is not a finite number of double precision"
        case .badTime: "\(field) must be \(kind)"
        case .tooLong: "\(field) is longer than \(Cell.maximumTextBytes) bytes"
        case .unknownLabel: "\(field) holds none of the values declared as positive, negative or withdrawn"
        case .future:
            "the time lies further beyond its neighbours (or beyond the record's timestamp) than windows.max_jump "
                + "allows, and no other records confirmed it"
        case .timeOutOfRange:
            "expected a time of the years 1970 to 2199 (of a label: the later of its report and its record's timestamp)"
                + (time.map { ", found \(Self.words($0)); is its unit the declared one?" } ?? "")
        }
    }

    /// A time as text, or as a number where no calendar reaches.
    private static func words(_ time: Int64) -> String {
        Timestamp.calendar.contains(time) ? "\(Timestamp(microseconds: time))" : "\(time) µs since 1970"
    }
}

extension ColumnType {
    /// The values that a field of this type may hold, in words.
    var expectation: String {
        switch self {
        case .id: "an id: a text or a whole number"
        case .decimal(let scale): "a decimal number of \(scale) fractional digits (63 bits in all)"
        case .float: "a number"
        case .integer: "a whole number of 64 bits"
        case .text: "a text"
        case .boolean: "true or false"
        case .time(.iso8601): "an RFC 3339 time such as 2018-04-01T00:00:31Z, of the years 1 to 9999"
        case .time(.unixSeconds): "a time in seconds since 1970"
        case .time(.unixMilliseconds): "a time in milliseconds since 1970"
        case .time(.unixMicroseconds): "a time in microseconds since 1970"
        }
    }
}
