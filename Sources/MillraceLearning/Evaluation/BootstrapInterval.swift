import MillraceCore

/// What resampling says about the uncertainty of a number.
public struct BootstrapInterval: Sendable, Equatable, Codable {
    /// On the rows as they are.
    public var estimate: MetricValue
    /// Percentile interval of the replicates at `level`, interpolated linearly; nil when no replicate had a value.
    public var lower: Double?
    public var upper: Double?
    public var standardDeviation: Double?
    /// 0.95 for an interval from the 2.5th to the 97.5th percentile.
    public var level: Double
    public var replicates: Int
    /// Replicates in which the metric had no value, for want of positives most often; they are left out.
    public var undefinedReplicates: Int

    init(estimate: MetricValue, values: [Double], replicates: Int, level: Double) {
        self.estimate = estimate
        self.level = level
        self.replicates = replicates
        undefinedReplicates = replicates - values.count
        guard !values.isEmpty else { return }
        let sorted = values.sorted()
        func percentile(_ share: Double) -> Double {
            let position = share * Double(sorted.count - 1)
            let below = Int(position)
            let next = min(below + 1, sorted.count - 1)
            return sorted[below] + (sorted[next] - sorted[below]) * (position - Double(below))
        }
        lower = percentile((1 - level) / 2)
        upper = percentile((1 + level) / 2)
        guard values.count > 1 else { return }
        let mean = values.reduce(0, +) / Double(values.count)
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        standardDeviation = (squares / Double(values.count - 1)).squareRoot()
    }
}

/// Two models on the same rows and the same resamples.
public struct PairedInterval: Sendable, Equatable, Codable {
    public var champion: BootstrapInterval
    public var challenger: BootstrapInterval
    /// Challenger less champion.
    public var difference: BootstrapInterval
    /// Share of replicates in which the challenger's value was the better one; nil without replicates.
    public var challengerBetter: Double?
}
