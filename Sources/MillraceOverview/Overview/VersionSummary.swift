public import MillraceCore

/// One version of the registry, with the verdict that speaks of it last.
public struct VersionSummary: Sendable, Codable, Equatable {
    public var version: Int
    /// `champion`, `superseded`, `rejected`, `inconclusive`, `awaiting-approval` or `rolled-back`.
    public var status: String
    public var run: String
    public var training: Window
    public var holdout: Window
    public var decided: Timestamp?
    public var verdict: Verdict
}
