import Millrace
@testable import MillraceLearning

/// Rows on which metrics go wrong when they go wrong: ties, rare events, weights of nothing, scores at the edges.
struct EvaluationCase: Encodable {
    var name: String
    var scores: [Double]
    var labels: [UInt8]
    var weights: [Double]?

    var rows: ScoredRows {
        get throws { try ScoredRows(scores: scores, labels: labels, weights: weights) }
    }

    private static func random(
        _ name: String, _ count: Int, seed: UInt64, rate: Double = 0.3,
        weights: ((inout ResamplingGenerator) -> Double)? = nil,
        score: (Double) -> Double = { $0 }
    ) -> EvaluationCase {
        var generator = ResamplingGenerator(seed: seed)
        var result = EvaluationCase(name: name, scores: [], labels: [], weights: weights == nil ? nil : [])
        for _ in 0..<count {
            let isPositive = Double.random(in: 0..<1, using: &generator) < rate
            let base = Double.random(in: 0..<1, using: &generator)
            result.scores.append(score(isPositive ? 1 - base * base : base * base))
            result.labels.append(isPositive ? 1 : 0)
            if let weights { result.weights?.append(weights(&generator)) }
        }
        return result
    }

    static let all: [EvaluationCase] = [
        random("continuous", 1000, seed: 1),
        random("rare", 20_000, seed: 2, rate: 0.008),
        random("ties", 1000, seed: 3, score: { ($0 * 10).rounded() / 10 }),
        random("two-scores", 500, seed: 4, score: { $0 > 0.5 ? 0.75 : 0.25 }),
        random("edges", 400, seed: 5, score: { $0 > 0.8 ? 1 : $0 < 0.2 ? 0 : $0 }),
        random("nearly-equal", 300, seed: 6, score: { 0.5 + ($0 * 8).rounded() * 0x1p-53 }),
        random("tiny-scores", 500, seed: 7, score: { $0 * 1e-300 }),
        random("weighted", 1000, seed: 8, weights: { Double.random(in: 0..<5, using: &$0) }),
        random(
            "weighted-ties", 800, seed: 9, weights: { Double.random(in: 0..<5, using: &$0) },
            score: { ($0 * 5).rounded() / 5 }),
        random("weights-of-nothing", 600, seed: 10, weights: { Int.random(in: 0..<3, using: &$0) == 0 ? 0 : 1.5 }),
        random("weights-far-apart", 600, seed: 11, weights: { Bool.random(using: &$0) ? 1e-9 : 1e9 }),
        EvaluationCase(
            name: "all-equal", scores: .init(repeating: 0.4, count: 50), labels: (0..<50).map { $0 % 7 == 0 ? 1 : 0 }),
        EvaluationCase(name: "pair", scores: [0.2, 0.8], labels: [0, 1]),
        EvaluationCase(name: "wrong-pair", scores: [0.8, 0.2], labels: [0, 1]),
        EvaluationCase(
            name: "one-positive-last", scores: (0..<100).map { Double($0) / 100 },
            labels: [1] + .init(repeating: 0, count: 99)),
        EvaluationCase(
            name: "perfect", scores: (0..<100).map { Double($0) / 100 }, labels: (0..<100).map { $0 < 90 ? 0 : 1 }),
    ]
}
