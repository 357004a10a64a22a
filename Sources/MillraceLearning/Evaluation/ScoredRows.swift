import MillraceCore

/// Labelled rows with a model's scores: what every metric is computed from. A column each, all of one length.
public struct ScoredRows: Sendable {
    /// Finite; a higher score is more suspicious. Log loss, Brier score and calibration take them as probabilities.
    public let scores: [Double]
    /// 0 or 1.
    public let labels: [UInt8]
    /// Finite and not negative; nil counts each row once.
    public let weights: [Double]?
    /// Dictionary-coded (a card, a customer), from 0 without large gaps.
    public let entities: [Int32]?
    /// The metric day of each row: any number that grows with the days.
    public let days: [Int32]?
    /// Money at stake, finite and not negative.
    public let amounts: [Double]?

    public init(
        scores: [Double], labels: [UInt8], weights: [Double]? = nil, entities: [Int32]? = nil, days: [Int32]? = nil,
        amounts: [Double]? = nil
    ) throws(EvaluationError) {
        let count = scores.count
        for (name, found) in [
            ("labels", labels.count), ("weights", weights?.count), ("entities", entities?.count),
            ("days", days?.count), ("amounts", amounts?.count),
        ] {
            if let found, found != count { throw EvaluationError(.shape, "\(found) \(name) for \(count) scores") }
        }
        if let row = scores.firstIndex(where: { !$0.isFinite }) {
            throw EvaluationError(.invalidValue, "the score of row \(row) is \(scores[row]); scores are finite")
        }
        if let row = labels.firstIndex(where: { $0 > 1 }) {
            throw EvaluationError(.invalidValue, "the label of row \(row) is \(labels[row]); labels are 0 or 1")
        }
        for (name, values) in [("weight", weights), ("amount", amounts)] {
            guard let values, let row = values.firstIndex(where: { !($0 >= 0 && $0.isFinite) }) else { continue }
            throw EvaluationError(
                .invalidValue, "the \(name) of row \(row) is \(values[row]); it must be finite and not negative")
        }
        if let entities, let row = entities.firstIndex(where: { $0 < 0 }) {
            throw EvaluationError(.invalidValue, "the entity of row \(row) is \(entities[row]); codes start at 0")
        }
        self.scores = scores
        self.labels = labels
        self.weights = weights
        self.entities = entities
        self.days = days
        self.amounts = amounts
    }

    public var count: Int { scores.count }

    /// The same rows with another model's scores.
    public func scored(by scores: [Double]) throws(EvaluationError) -> ScoredRows {
        try ScoredRows(
            scores: scores, labels: labels, weights: weights, entities: entities, days: days, amounts: amounts)
    }

    /// Some of the rows, in the order of `rows`.
    public func selecting(_ rows: [Int]) -> ScoredRows {
        ScoredRows(
            trusted: rows.map { scores[$0] }, labels: rows.map { labels[$0] },
            weights: weights.map { column in rows.map { column[$0] } },
            entities: entities.map { column in rows.map { column[$0] } },
            days: days.map { column in rows.map { column[$0] } },
            amounts: amounts.map { column in rows.map { column[$0] } })
    }

    private init(
        trusted scores: [Double], labels: [UInt8], weights: [Double]?, entities: [Int32]?, days: [Int32]?,
        amounts: [Double]?
    ) {
        self.scores = scores
        self.labels = labels
        self.weights = weights
        self.entities = entities
        self.days = days
        self.amounts = amounts
    }

    public var positives: Int { labels.reduce(0) { $0 + Int($1) } }

    /// Distinct metric days; 1 without a day column, 0 without rows.
    public var dayCount: Int { count == 0 ? 0 : days.map { Set($0).count } ?? 1 }

    func weight(_ row: Int) -> Double { weights?[row] ?? 1 }
}
