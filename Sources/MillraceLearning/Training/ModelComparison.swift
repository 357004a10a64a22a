public import MillraceCore

/// Champion and challenger on the same rows: figures, intervals, threshold, the gate's decision.
public struct ModelComparison: Sendable {
    public var numbers: GateNumbers
    public var decision: GateDecision
    /// The score from which the challenger alerts within the declared budget; without a budget, the cheapest.
    public var threshold: Double?
    public let challenger: Ranking
    public let champion: Ranking?
    var intervals: [TrainingReport.Comparison]

    /// What the gate is told beside the figures.
    public struct Circumstances: Sendable, Equatable {
        public var holdoutSeen = false
        public var isHeld = false
        public var isApproved = false
        public init(holdoutSeen: Bool = false, isHeld: Bool = false, isApproved: Bool = false) {
            self.holdoutSeen = holdoutSeen
            self.isHeld = isHeld
            self.isApproved = isApproved
        }
    }

    /// - Parameters:
    ///   - champion: its scores of the same rows, in the same order; nil when there is none.
    ///   - championThreshold: the one it was published with.
    public init(
        rows: HoldoutRows, challenger: [Double], champion: [Double]?, championThreshold: Double? = nil,
        gate: GateSettings, circumstances: Circumstances = .init()
    ) throws {
        let rule = GateRule(gate)
        let new = Ranking(try rows.scored(by: challenger))
        let old = try champion.map { Ranking(try rows.scored(by: $0)) }
        self.challenger = new
        self.champion = old
        threshold = try Self.threshold(of: new, gate: gate)
        var evidence = try GateEvidence(
            for: rule, challenger: new, champion: old, challengerThreshold: threshold,
            championThreshold: championThreshold)
        evidence.holdoutSeen = circumstances.holdoutSeen
        evidence.heldByRollback = circumstances.isHeld
        evidence.isApproved = circumstances.isApproved
        decision = Gate(rule).decide(evidence)

        intervals = try Self.intervals(
            Self.requests(rule: rule, gate: gate, hasEntities: rows.entities != nil), challenger: new, champion: old,
            bootstrap: Bootstrap(replicates: gate.bootstrapReplicates))
        let difference = intervals.first { $0.request == rule.metric }?.difference
        var interval: GateNumbers.Interval?
        if let lower = difference?.lower, let upper = difference?.upper { interval = .init(lower: lower, upper: upper) }
        numbers = GateNumbers(
            holdout: rows.holdout, labelsKnownAt: rows.labelsKnownAt, rows: rows.count, positives: rows.positives,
            excludedRows: rows.excluded, metric: rule.metric.name, margin: rule.margin, floor: rule.floor,
            challenger: try Self.metrics(of: new, rule: rule, gate: gate, threshold: threshold),
            champion: try old.map {
                try Self.metrics(of: $0, rule: rule, gate: gate, threshold: championThreshold)
            }, difference: difference?.estimate.value, interval: interval)
    }

    private static func threshold(of ranking: Ranking, gate: GateSettings) throws(EvaluationError) -> Double? {
        if let budget = gate.alertBudget { return ranking.threshold(alertsPerDay: Double(budget))?.threshold }
        guard ranking.rows.amounts != nil, let costs = gate.alertCosts else { return nil }
        return try ranking.cheapestThreshold(costs: costs)?.threshold
    }

    /// The gate's metrics first, then the usual ones.
    private static func requests(rule: GateRule, gate: GateSettings, hasEntities: Bool) -> [MetricRequest] {
        var requests = rule.requests
        for request in [MetricRequest]([.averagePrecision, .areaUnderROC, .logLoss, .brier])
        where !requests.contains(request) {
            requests.append(request)
        }
        if hasEntities, !requests.contains(where: { $0.metric == .cardPrecision }) {
            requests.append(.cardPrecision(gate.alertBudget ?? 100))
        }
        return requests
    }

    private static func intervals(
        _ requests: [MetricRequest], challenger: Ranking, champion: Ranking?, bootstrap: Bootstrap
    ) throws(EvaluationError) -> [TrainingReport.Comparison] {
        // Alerts are counted at each model's own threshold, which resampling does not know.
        let requests = requests.filter { $0.metric != .alertVolume }
        guard let champion else {
            let intervals = try bootstrap.intervals(of: requests, on: challenger)
            return zip(requests, intervals).map { TrainingReport.Comparison(request: $0, challenger: $1) }
        }
        let pairs = try bootstrap.compare(requests, champion: champion, challenger: challenger)
        return zip(requests, pairs).map {
            TrainingReport.Comparison(
                request: $0, challenger: $1.challenger, champion: $1.champion, difference: $1.difference,
                challengerBetter: $1.challengerBetter)
        }
    }

    /// The gate's metrics and the usual ones, by name; what is undefined on these rows is left out.
    public static func metrics(
        of ranking: Ranking, rule: GateRule, gate: GateSettings, threshold: Double? = nil
    ) throws(EvaluationError) -> [String: Double] {
        var metrics: [String: Double] = [:]
        for var request in requests(rule: rule, gate: gate, hasEntities: ranking.rows.entities != nil)
        where metrics[request.name] == nil {
            if request.metric == .alertVolume {
                guard let threshold = request.threshold ?? threshold else { continue }
                request.threshold = threshold
            }
            if let value = try ranking.measure(request).value { metrics[request.name] = value }
        }
        return metrics
    }
}

extension GateSettings {
    /// A look costs its price, a missed positive its amount; nil when no amounts are declared.
    var alertCosts: AlertCosts? { amountColumn.map { _ in AlertCosts(perAlert: alertCost, missed: .amount) } }
}
