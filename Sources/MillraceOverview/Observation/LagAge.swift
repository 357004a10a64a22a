import MillraceCore

/// How far a group is behind in time, and how that is known.
public struct LagAge: Sendable, Codable, Equatable {
    public enum Source: String, Sendable, Codable {
        /// Nothing is left to read: 0.
        case nothingUnread = "nothing-unread"
        /// The timestamp of the first unread record.
        case record
        /// The moment at which the group's offset was the partition's end, from points (time, end) taken earlier.
        case interpolated
        /// Longer than this: unread since before the first point.
        case atLeast = "at-least"
        case unknown
    }

    /// nil when it is not known.
    public var seconds: Double?
    public var source: Source
    /// Why it is not known, or not known better.
    public var reason: String?

    public init(seconds: Double?, source: Source, reason: String? = nil) {
        self.seconds = seconds
        self.source = source
        self.reason = reason
    }

    public static let zero = LagAge(seconds: 0, source: .nothingUnread)
    public static func unknown(_ reason: String) -> LagAge { LagAge(seconds: nil, source: .unknown, reason: reason) }

    /// The longest; what is unknown counts only where nothing is known.
    static func oldest(_ ages: [LagAge]) -> LagAge {
        guard let first = ages.first else { return .zero }
        return ages.dropFirst().reduce(first) { oldest, age in
            // Nothing to read says less than "unknown": somewhere something waits.
            let known = (oldest.seconds ?? -1, age.seconds ?? -1)
            if known.0 <= 0, known.1 <= 0 { return oldest.source == .unknown ? oldest : age }
            return known.1 > known.0 ? age : oldest
        }
    }
}
