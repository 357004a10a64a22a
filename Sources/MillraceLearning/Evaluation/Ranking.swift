import MillraceCore

/// Rows ordered by score, highest first, with rows of equal score taken as one step: no metric can tell them apart.
///
/// One sort serves all metrics. Definitions are scikit-learn's: a step's threshold is its score, and a row is an alert
/// when its score is at least the threshold.
public struct Ranking: Sendable {
    public struct Step: Sendable, Equatable {
        /// The score of the step's rows.
        public var threshold: Double
        /// Weight of positives and negatives at or above the threshold.
        public var truePositives: Double
        public var falsePositives: Double
        /// Rows at or above the threshold.
        public var alerts: Int
    }

    public let rows: ScoredRows
    /// Row numbers, highest score first; rows of one score in their own order. Rows that weigh nothing are left out.
    public let order: [Int32]
    public let steps: [Step]
    /// Weight of all positives and of all negatives.
    public let positiveWeight: Double
    public let negativeWeight: Double

    public init(_ rows: ScoredRows) {
        self.rows = rows
        order = Ranking.order(of: rows)
        var steps: [Step] = []
        var positives = CompensatedSum()
        var negatives = CompensatedSum()
        for (rank, row) in order.enumerated() {
            let row = Int(row)
            if rows.labels[row] == 1 { positives.add(rows.weight(row)) } else { negatives.add(rows.weight(row)) }
            let isLast = rank + 1 == order.count || rows.scores[Int(order[rank + 1])] != rows.scores[row]
            guard isLast else { continue }
            steps.append(
                Step(
                    threshold: rows.scores[row], truePositives: positives.value, falsePositives: negatives.value,
                    alerts: rank + 1))
        }
        self.steps = steps
        positiveWeight = positives.value
        negativeWeight = negatives.value
    }

    private static func order(of rows: ScoredRows) -> [Int32] {
        // Sorting keys beside their rows is several times faster than sorting rows by looking up their keys.
        var keyed = rows.scores.enumerated().map { (score: $1, row: Int32($0)) }
        if let weights = rows.weights { keyed.removeAll { weights[Int($0.row)] == 0 } }
        keyed.sort { $0.score > $1.score || ($0.score == $1.score && $0.row < $1.row) }
        return keyed.map(\.row)
    }

    var undefinedForLackOfPositives: UndefinedReason? {
        rows.count == 0 ? .noRows : positiveWeight == 0 ? .noPositives : nil
    }

    var undefinedForLackOfClasses: UndefinedReason? {
        undefinedForLackOfPositives ?? (negativeWeight == 0 ? .noNegatives : nil)
    }
}

/// Neumaier's summation: the error does not grow with the number of terms.
struct CompensatedSum {
    private var sum = 0.0
    private var compensation = 0.0

    var value: Double { sum + compensation }

    mutating func add(_ term: Double) {
        let next = sum + term
        compensation += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
        sum = next
    }
}
