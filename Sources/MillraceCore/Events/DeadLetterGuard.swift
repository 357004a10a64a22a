/// Stops ingest when too much of a topic cannot be read: an upstream rename must not send a day of events to the dead
/// letters. It looks at each batch before anything of it is done.
public struct DeadLetterGuard: Sendable {
    public enum Verdict: Sendable, Equatable {
        case go
        case stop(unreadable: Int, of: Int)
    }

    private let share: Double
    private let minimum: Int
    /// Records of a slow topic add up until there are enough to judge.
    private var unreadable = 0
    private var total = 0

    public init(_ settings: DeadLetterSettings) {
        share = settings.stopShare
        minimum = max(1, settings.stopMinimum)
    }

    /// Judges records that have been decoded and not yet processed. After `stop` they count as never seen, so that the
    /// same records can be judged again later.
    public mutating func judge(unreadable newUnreadable: Int, of newTotal: Int) -> Verdict {
        let all = total + newTotal
        let bad = unreadable + newUnreadable
        if all >= minimum, bad > 0, Double(bad) > share * Double(all) {
            return .stop(unreadable: bad, of: all)
        }
        (unreadable, total) = all >= minimum ? (0, 0) : (bad, all)
        return .go
    }
}
