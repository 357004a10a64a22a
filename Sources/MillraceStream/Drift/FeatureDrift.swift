public import MillraceCore
import Foundation

/// How far a feature's values of late are from those that a model learned from.
public struct FeatureDrift: Sendable, Codable, Equatable {
    public enum Verdict: String, Sendable, Codable, CaseIterable {
        /// Below 0.1.
        case stable
        /// From 0.1.
        case moderate
        /// From 0.25.
        case strong
        /// Too few values on one of the sides.
        case unknown
    }

    public var feature: String
    /// The population stability index, see `init`; nil when a side has too few values.
    public var index: Double?
    public var verdict: Verdict
    public var meanThen: Double?
    public var meanNow: Double?
    /// Shares of the rows without a value.
    public var missingThen: Double
    public var missingNow: Double

    /// Rows that a side must have.
    static let leastRows = 100
    private static let bins = 10
    /// Instead of a share of nothing, whose logarithm there is not.
    private static let leastShare = 0.0001

    /// The population stability index: with the shares `p` then and `q` now of bins that divide the values of then into
    /// tenths, and of one more for rows without a value, the sum of (q − p) · ln(q / p). It is 0 for equal shares.
    /// Source: N. Siddiqi, *Credit Risk Scorecards* (2006), where below 0.1 is no change and from 0.25 a great one; it is
    /// the divergence of S. Kullback and R. A. Leibler, *On Information and Sufficiency* (1951).
    public init(feature: String, then: [Profile.Numbers], now: [Profile.Numbers]) {
        self.feature = feature
        let (before, after) = (FeatureDistribution(then), FeatureDistribution(now))
        meanThen = before.mean
        meanNow = after.mean
        missingThen = before.missing
        missingNow = after.missing
        func rows(_ profiles: [Profile.Numbers]) -> Int { profiles.reduce(0) { $0 + $1.count + $1.missing } }
        guard rows(then) >= Self.leastRows, rows(now) >= Self.leastRows else {
            verdict = .unknown
            return
        }
        let edges = before.edges(count: Self.bins)
        let index = zip(Self.shares(before, edges), Self.shares(after, edges)).reduce(0.0) { sum, shares in
            let (p, q) = (max(shares.0, Self.leastShare), max(shares.1, Self.leastShare))
            return sum + (q - p) * log(q / p)
        }
        self.index = index
        verdict = index < 0.1 ? .stable : index < 0.25 ? .moderate : .strong
    }

    /// Of the bins up to each edge, of what is above the last, and of what is missing.
    private static func shares(_ distribution: FeatureDistribution, _ edges: [Double]) -> [Double] {
        let present = 1 - distribution.missing
        let through = edges.map(distribution.share(atOrBelow:)) + [distribution.count > 0 ? 1 : 0]
        return zip(through, [0] + through).map { ($0 - $1) * present } + [distribution.missing]
    }
}

/// What has become of the features since the champion learned.
public struct DriftReport: Sendable, Codable, Equatable {
    /// The champion.
    public var version: Int
    /// What it learned from, and the same span of late: days of the week and hours of the day weigh alike in both.
    public var then: Window
    public var now: Window
    /// The strongest first; those that are not judged last.
    public var features: [FeatureDrift]

    public init(version: Int, then: Window, now: Window, before: [Profile], after: [Profile], names: [String]) {
        self.version = version
        self.then = then
        self.now = now
        features = names.map { name in
            FeatureDrift(
                feature: name, then: before.compactMap { $0.features[name] },
                now: after.compactMap { $0.features[name] }
            )
        }.sorted { ($1.index ?? -1, $0.feature) < ($0.index ?? -1, $1.feature) }
    }
}
