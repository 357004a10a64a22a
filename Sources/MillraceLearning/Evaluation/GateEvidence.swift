import MillraceCore

/// Everything a gate decides by. Both models' values are of the same rows, which neither has trained on unless
/// `holdoutSeen` says so.
public struct GateEvidence: Sendable, Equatable, Codable {
    public struct Value: Sendable, Equatable, Codable {
        public var request: MetricRequest
        public var challenger: MetricValue
        /// Nil when there is no champion.
        public var champion: MetricValue?

        public init(_ request: MetricRequest, challenger: MetricValue, champion: MetricValue? = nil) {
            self.request = request
            self.challenger = challenger
            self.champion = champion
        }
    }

    public var values: [Value]
    public var hasChampion: Bool
    /// Rows judged, after exclusions, and positives among them.
    public var rows: Int
    public var positives: Int
    /// Challenger or champion has trained within the holdout or the gap before it.
    public var holdoutSeen = false
    /// A rollback holds automatic promotion until it is resumed.
    public var heldByRollback = false
    /// A person has approved the promotion.
    public var isApproved = false

    public init(values: [Value], hasChampion: Bool, rows: Int, positives: Int) {
        self.values = values
        self.hasChampion = hasChampion
        self.rows = rows
        self.positives = positives
    }

    /// Measures what a rule asks for. Alert volume is counted for each model at its own threshold.
    public init(
        for rule: GateRule, challenger: Ranking, champion: Ranking?, challengerThreshold: Double? = nil,
        championThreshold: Double? = nil
    ) throws(EvaluationError) {
        func measure(_ request: MetricRequest, _ ranking: Ranking, _ threshold: Double?) throws(EvaluationError)
            -> MetricValue
        {
            guard request.metric == .alertVolume else { return try ranking.measure(request) }
            // A model without a threshold has no alerts to count.
            guard let threshold = request.threshold ?? threshold else { return .undefined(.noThreshold) }
            return try ranking.measure(.alertVolume(threshold: threshold))
        }
        var values: [Value] = []
        for request in rule.requests {
            let new = try measure(request, challenger, challengerThreshold)
            var old: MetricValue?
            if let champion { old = try measure(request, champion, championThreshold) }
            values.append(Value(request, challenger: new, champion: old))
        }
        self.init(
            values: values, hasChampion: champion != nil, rows: challenger.rows.count,
            positives: challenger.rows.positives)
    }

    func value(of request: MetricRequest) -> Value? { values.first { $0.request == request } }
}
