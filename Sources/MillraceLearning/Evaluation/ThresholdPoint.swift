import MillraceCore

/// What a threshold would mean: the rows at or above it are alerts.
public struct ThresholdPoint: Sendable, Equatable, Codable {
    public var threshold: Double
    /// Rows at or above it, and of them a day.
    public var alerts: Int
    public var alertsPerDay: Double
    /// By weight.
    public var truePositives: Double
    public var falsePositives: Double
    public var falseNegatives: Double
    public var precision: MetricValue
    public var recall: MetricValue
    public var f1: MetricValue
    /// Of looking at the alerts and of what is missed; nil when no costs are declared.
    public var cost: Double?
}

/// What alerts and misses cost, in the unit of the amounts.
public struct AlertCosts: Sendable, Equatable, Codable {
    public enum Missed: Sendable, Equatable, Codable {
        /// Each positive below the threshold costs this.
        case fixed(Double)
        /// Each positive below the threshold costs its amount.
        case amount
    }

    public var perAlert: Double
    public var missed: Missed

    public init(perAlert: Double, missed: Missed) {
        self.perAlert = perAlert
        self.missed = missed
    }
}
