/// The text or number form of a time in a payload.
public enum TimeFormat: String, Sendable, Equatable, CaseIterable, Codable {
    /// RFC 3339 text; without a zone, the pipeline's.
    case iso8601
    case unixSeconds = "unix_seconds"
    case unixMilliseconds = "unix_milliseconds"
    case unixMicroseconds = "unix_microseconds"
}

public enum ColumnType: Sendable, Hashable, Codable {
    /// Integers and strings, made the same exact text: `123` and `"123"` meet.
    case id
    /// Exact: kept as an integer scaled by 10^scale (0…9). Accepts numbers and numeric strings.
    case decimal(scale: Int)
    case float
    case integer
    case text
    case boolean
    case time(TimeFormat)
}

public struct Column: Sendable, Equatable, Codable {
    public var name: String
    public var type: ColumnType
    /// The payload's field, `a.b` for a nested one; the name by default.
    public var path: String
    /// Replaced by a keyed hash at ingest. Only for `id` and `text`.
    public var isPersonal: Bool
    /// A missing or null field is a null cell; otherwise the record is a dead letter.
    public var isOptional: Bool

    public init(
        name: String, type: ColumnType, path: String? = nil, isPersonal: Bool = false, isOptional: Bool = false
    ) {
        self.name = name
        self.type = type
        self.path = path ?? name
        self.isPersonal = isPersonal
        self.isOptional = isOptional
    }
}

public struct EventSource: Sendable, Equatable {
    public var topics: [String]
    /// The column of event time. It is also a member of `columns`, of type `time`.
    public var timeColumn: String
    /// Drops an event whose id was seen within a span of event time, per partition.
    public var unique: (column: String, within: Duration)? {
        get { uniqueColumn.map { ($0, uniqueWithin) } }
        set { uniqueColumn = newValue?.column; uniqueWithin = newValue?.within ?? .zero }
    }
    public private(set) var uniqueColumn: String?
    public private(set) var uniqueWithin: Duration = .zero
    public var columns: [Column]
    /// The column that labels name: `labels.event`, of type `id`.
    public var idColumn: String
    /// The key of the hash of personal columns (from the environment or a file).
    public var personalKey: String?

    public init(
        topics: [String], timeColumn: String, idColumn: String, columns: [Column],
        unique: (column: String, within: Duration)? = nil, personalKey: String? = nil
    ) {
        self.topics = topics
        self.timeColumn = timeColumn
        self.idColumn = idColumn
        self.columns = columns
        self.personalKey = personalKey
        self.unique = unique
    }
}

/// A scalar as a label payload may hold it.
public enum LabelValue: Sendable, Hashable, Codable {
    case null
    case boolean(Bool)
    case number(Double)
    case text(String)
}

public struct LabelSource: Sendable, Equatable {
    public var topics: [String]
    /// The payload field that holds the event's id.
    public var eventField: String
    public var reportedField: String
    public var reportedFormat: TimeFormat
    public var valueField: String
    public var positive: [LabelValue] = [.number(1)]
    public var negative: [LabelValue] = [.number(0)]
    public var withdrawn: [LabelValue] = [.null]
    /// How old an event must be, by the labels' watermark, for its label or the lack of one to be trusted.
    public var maturity: Duration = .seconds(7 * 86_400)
    /// How long a label may wait for its event, and how far back events are remembered for matching.
    public var horizon: Duration = .seconds(120 * 86_400)
    /// Event time without any new label after which the feed counts as silent, and maturity stands still.
    public var silentAfter: Duration = .seconds(2 * 86_400)
    /// Runs are refused below this share of labels whose event was found.
    public var minimumMatch: Double = 0.9

    public init(
        topics: [String], eventField: String, reportedField: String, reportedFormat: TimeFormat = .iso8601,
        valueField: String
    ) {
        self.topics = topics
        self.eventField = eventField
        self.reportedField = reportedField
        self.reportedFormat = reportedFormat
        self.valueField = valueField
    }
}
