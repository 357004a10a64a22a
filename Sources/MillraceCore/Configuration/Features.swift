/// One entry of `features:`; a rolling one stands for a feature per duration in `over`.
public struct FeatureDeclaration: Sendable, Equatable, Codable {
    public enum CalendarField: String, Sendable, CaseIterable, Codable {
        /// 0 = Monday … 6 = Sunday
        case weekday
        case hour, minute, day, month
        case minuteOfDay = "minute_of_day"
    }

    public enum RollingFunction: String, Sendable, CaseIterable, Codable {
        case count, sum, mean, minimum = "min", maximum = "max", standardDeviation = "std", distinct
        /// Share of the key's events of the window that were known to be positive at that moment.
        case labelRate = "label_rate"
    }

    public enum CategoryEncoding: Sendable, Equatable, Codable {
        /// The position in the list; unknown is missing.
        case list([String])
        /// A fixed hash into 0 ..< buckets.
        case hash(buckets: Int)
    }

    public enum Kind: Sendable, Equatable, Codable {
        /// A numeric, boolean or time column as it is.
        case column(String)
        /// A calendar field of event time in the pipeline's zone; with `members`, 1 when it is among them and 0 otherwise.
        case calendar(CalendarField, members: [Int]?)
        /// `+ - * / ( )`, numbers, earlier features and numeric columns, min(a, b), max(a, b), abs(a), log1p(a), sqrt(a).
        case arithmetic(String)
        case category(column: String, encoding: CategoryEncoding)
        /// Events of the same key with time in (t − delay − duration, t − delay], this event included when delay is zero.
        case rolling(RollingFunction, of: String?, key: String, over: [Duration], delay: Duration)
    }

    public var name: String
    public var kind: Kind
    /// The value where there is nothing to aggregate or to divide; missing (NaN) without it.
    public var empty: Double?

    public init(name: String, kind: Kind, empty: Double? = nil) {
        self.name = name
        self.kind = kind
        self.empty = empty
    }

    /// The names of the features that this declaration stands for, in order: `name_1d`, `name_7d`, … for a rolling one.
    public var featureNames: [String] {
        guard case .rolling(_, _, _, let over, _) = kind else { return [name] }
        return over.map { "\(name)_\(DurationText.format($0))" }
    }

    /// How far back in event time the declaration looks: delay plus the longest duration.
    public var reach: Duration {
        guard case .rolling(_, _, _, let over, let delay) = kind else { return .zero }
        return delay + (over.max() ?? .zero)
    }
}

/// One entry of `rules:`. Checked by transform, for every window.
public struct ValidationRule: Sendable, Equatable, Codable {
    public enum Check: Sendable, Equatable, Codable {
        /// Every value of a numeric column lies in the range.
        case range(column: String, minimum: Double?, maximum: Double?)
        /// The value of a text or id column is one of these.
        case members(column: String, values: [String])
        /// Share of nulls in a column is at most this.
        case nullShare(column: String, maximum: Double)
        /// Rows of the window, all partitions.
        case rows(minimum: Int?, maximum: Int?)
    }

    public enum Action: String, Sendable, CaseIterable, Codable {
        case warn
        /// Only for row checks (`range`, `members`): the row is left out, counted and dead-lettered.
        case drop
        case quarantine
    }

    public var name: String
    public var check: Check
    public var action: Action

    public init(name: String, check: Check, action: Action) {
        self.name = name
        self.check = check
        self.action = action
    }
}
