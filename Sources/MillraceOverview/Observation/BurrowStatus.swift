import MillraceCore

/// The verdicts of LinkedIn's Burrow, by their names there; later ones are worse.
public enum BurrowStatus: String, Sendable, Codable, Comparable, CaseIterable {
    /// The group has never committed.
    case notFound = "NOTFOUND"
    case ok = "OK"
    /// It reads and commits, but in all the time seen its lag never fell.
    case warn = "WARN"
    /// It commits, but always the same offset.
    case stall = "STALL"
    /// It has not committed for longer than the time seen spans.
    case stop = "STOP"
    /// It committed an offset before an earlier one.
    case rewind = "REWIND"

    public static func < (a: BurrowStatus, b: BurrowStatus) -> Bool { a.order < b.order }
    private var order: Int { Self.allCases.firstIndex(of: self)! }
}
