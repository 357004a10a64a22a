/// When to stop adding trees: after `rounds` rounds in which a validation metric did not improve.
public struct EarlyStopping: Sendable, Equatable {
    public enum Direction: String, Sendable { case maximise, minimise }

    /// Rounds without improvement that end the training.
    public var rounds: Int
    /// The name of the evaluation set; nil for the last one.
    public var set: String?
    /// The metric as XGBoost names it, `aucpr` for example; nil for the last one of `eval_metric`.
    public var metric: String?
    /// nil for what XGBoost's own metrics mean: `auc`, `aucpr`, `map`, `ndcg` and `pre` rise, the others fall.
    public var direction: Direction?
    /// An improvement is more than this.
    public var minimumImprovement: Double

    public init(
        rounds: Int, set: String? = nil, metric: String? = nil, direction: Direction? = nil,
        minimumImprovement: Double = 0
    ) {
        self.rounds = rounds
        self.set = set
        self.metric = metric
        self.direction = direction
        self.minimumImprovement = minimumImprovement
    }

    static func naturalDirection(of metric: String) -> Direction {
        let rising = ["auc", "aucpr", "map", "ndcg", "pre"]
        let base = metric.prefix { $0 != "@" && $0 != "-" }
        return rising.contains(String(base)) ? .maximise : .minimise
    }
}

/// Follows one metric over the rounds. Pure: rounds go in, the decision comes out.
struct EarlyStoppingState {
    let rule: EarlyStopping
    private(set) var best: (round: Int, value: Double)?

    init(rule: EarlyStopping) { self.rule = rule }

    /// Whether training should stop after this round.
    mutating func shouldStop(after report: RoundReport) throws(XGBoostError) -> Bool {
        let reported = report.metrics.last { entry in
            (rule.set.map { $0 == entry.set } ?? (entry.set == report.metrics.last?.set))
                && (rule.metric.map { $0 == entry.metric } ?? true)
        }
        guard let reported else {
            let known = report.metrics.map { "\($0.set)-\($0.metric)" }.joined(separator: ", ")
            throw XGBoostError(
                code: .unknownMetric,
                message: "early stopping watches \(rule.metric ?? "the last metric") on \(rule.set ?? "the last set"); "
                    + "reported are: \(known.isEmpty ? "none" : known)")
        }
        let rises = (rule.direction ?? EarlyStopping.naturalDirection(of: reported.metric)) == .maximise
        guard let best else {
            self.best = (report.round, reported.value)
            return false
        }
        let gain = rises ? reported.value - best.value : best.value - reported.value
        if gain > rule.minimumImprovement {
            self.best = (report.round, reported.value)
            return false
        }
        return report.round - best.round >= rule.rounds
    }
}
