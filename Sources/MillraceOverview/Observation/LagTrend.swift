import MillraceCore

/// Where a lag is going.
public enum LagTrend: String, Sendable, Codable {
    case growing, steady, shrinking

    /// - Parameters:
    ///   - change: records a second.
    ///   - lag: what the change is measured against: less than 1 % of it in a minute is steady.
    public init(change: Double, lag: Int64) {
        let least = max(0.05, Double(lag) * 0.01 / 60)
        self = change > least ? .growing : change < -least ? .shrinking : .steady
    }

    static func together(_ changes: [Double?], lag: Int64) -> LagTrend? {
        let known = changes.compactMap(\.self)
        return known.isEmpty ? nil : LagTrend(change: known.reduce(0, +), lag: lag)
    }
}
