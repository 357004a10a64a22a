/// How much of what happens is worth a line.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
    case debug, info, warning, error

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rank < b.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self)! }
}

/// How a line is written: for people, or one JSON object for machines.
public enum LogFormat: String, Sendable, CaseIterable { case text, json }

/// What the worker logs, where the command line and the environment do not say otherwise.
public struct LogSettings: Sendable, Equatable {
    /// Nil: `info`.
    public var level: LogLevel?
    /// Nil: `text`.
    public var format: LogFormat?

    public init(level: LogLevel? = nil, format: LogFormat? = nil) {
        self.level = level
        self.format = format
    }
}
