public import MillraceCore
import Foundation

/// What a backtest found, a fold a moment.
public struct BacktestResult: Codable, Sendable, Equatable {
    public struct Fold: Codable, Sendable, Equatable {
        public var asOf: Timestamp
        /// Why there was no run; nothing else is there then.
        public var refusal: RunRefusal?
        public var plan: RunPlan?
        public var training: ModelTrained.Counts?
        public var numbers: GateNumbers?
        public var verdict: GateDecision.Verdict?
        public var reason: String?
        public var threshold: Double?
        /// The fold (from 1) whose model was champion.
        public var champion: Int?
        /// SHA-256 of the model's file.
        public var modelChecksum: String?
        public var rounds: Int?
        public var trainingMilliseconds: Int?

        init(asOf: Timestamp) { self.asOf = asOf }
    }

    public var pipeline: String
    public var featureHash: String
    public var folds: [Fold]

    /// Mean and standard deviation (of a sample) of each metric over the folds that ran.
    public var summary: [String: (mean: Double, standardDeviation: Double?)] {
        var values: [String: [Double]] = [:]
        for fold in folds {
            for (name, value) in fold.numbers?.challenger ?? [:] { values[name, default: []].append(value) }
        }
        return values.mapValues { values in
            let mean = values.reduce(0, +) / Double(values.count)
            guard values.count > 1 else { return (mean, nil) }
            let squares = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            return (mean, (squares / Double(values.count - 1)).squareRoot())
        }
    }

    /// The names of the table's columns.
    public var header: [String] {
        ["FOLD", "AS OF", "TRAINING", "HOLDOUT", "ROWS", "POSITIVES"] + metricNames + ["CHAMPION", "VERDICT"]
    }

    /// A row a fold, and the mean when there are several.
    public var table: [[String]] {
        var rows = folds.enumerated().map { index, fold -> [String] in
            guard let plan = fold.plan, let numbers = fold.numbers else {
                let blanks = [String](repeating: "–", count: header.count - 3)
                return ["\(index + 1)", Self.day(fold.asOf)] + blanks + [
                    "refused: \(fold.refusal?.code.rawValue ?? "")"
                ]
            }
            return ["\(index + 1)", Self.day(fold.asOf), Self.span(plan.training), Self.span(plan.holdout)]
                + ["\(numbers.rows)", "\(numbers.positives)"]
                + metricNames.map { numbers.challenger[$0].map(Self.number) ?? "–" }
                + [fold.champion.map(String.init) ?? "–", fold.verdict?.rawValue ?? ""]
        }
        let summary = summary
        if folds.count(where: { $0.numbers != nil }) > 1 {
            rows.append(
                ["mean", "", "", "", "", ""]
                    + metricNames.map { name in
                        guard let entry = summary[name] else { return "–" }
                        return Self.number(entry.mean) + (entry.standardDeviation.map { " ±" + Self.number($0) } ?? "")
                    } + ["", ""])
        }
        return rows
    }

    private var metricNames: [String] {
        let found = Set(folds.flatMap { $0.numbers?.challenger.keys.map { $0 } ?? [] })
        let usual = ["average_precision", "auc_roc"].filter(found.contains)
        return usual + found.subtracting(usual).sorted()
    }

    private static func number(_ value: Double) -> String { String(format: "%.4f", value) }
    private static func day(_ moment: Timestamp) -> String { String(moment.description.prefix(10)) }
    private static func span(_ window: Window) -> String {
        "\(day(window.start))..\(String(day(window.end - .microseconds(1)).suffix(5)))"
    }
}
