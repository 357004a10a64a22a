/// Champion and challenger on the same rows: figures, interval, threshold, the gate's decision.
public struct ModelComparison: Sendable {
    public var numbers: GateNumbers
    public var decision: GateDecision
    /// The score from which the challenger alerts within the declared budget.
    public var threshold: Double?

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
        threshold = gate.alertBudget.flatMap { new.threshold(alertsPerDay: Double($0))?.threshold }
        var evidence = try GateEvidence(
            for: rule, challenger: new, champion: old, challengerThreshold: threshold,
            championThreshold: championThreshold)
        evidence.holdoutSeen = circumstances.holdoutSeen
        evidence.heldByRollback = circumstances.isHeld
        evidence.isApproved = circumstances.isApproved
        decision = Gate(rule).decide(evidence)

        var difference: Double?
        var interval: GateNumbers.Interval?
        if let old {
            let bootstrap = Bootstrap(replicates: gate.bootstrapReplicates)
            let paired = try bootstrap.compare([rule.metric], champion: old, challenger: new)[0].difference
            difference = paired.estimate.value
            if let lower = paired.lower, let upper = paired.upper { interval = .init(lower: lower, upper: upper) }
        }
        numbers = GateNumbers(
            holdout: rows.holdout, labelsKnownAt: rows.labelsKnownAt, rows: rows.count, positives: rows.positives,
            excludedRows: rows.excluded, metric: rule.metric.name, margin: rule.margin, floor: rule.floor,
            challenger: try Self.metrics(of: new, rule: rule, gate: gate, threshold: threshold),
            champion: try old.map {
                try Self.metrics(of: $0, rule: rule, gate: gate, threshold: championThreshold)
            }, difference: difference, interval: interval)
    }

    /// The gate's metrics and the usual ones, by name; what is undefined on these rows is left out.
    public static func metrics(
        of ranking: Ranking, rule: GateRule, gate: GateSettings, threshold: Double? = nil
    ) throws(EvaluationError) -> [String: Double] {
        var requests: [MetricRequest] = [.averagePrecision, .areaUnderROC, .logLoss, .brier]
        if ranking.rows.entities != nil { requests.append(.cardPrecision(gate.alertBudget ?? 100)) }
        requests += rule.requests
        var metrics: [String: Double] = [:]
        for var request in requests where metrics[request.name] == nil {
            if request.metric == .alertVolume {
                guard let threshold = request.threshold ?? threshold else { continue }
                request.threshold = threshold
            }
            if let value = try ranking.measure(request).value { metrics[request.name] = value }
        }
        return metrics
    }
}
