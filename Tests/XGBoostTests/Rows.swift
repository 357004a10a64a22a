import XGBoost

/// A seeded generator (SplitMix64), so that every test sees the same rows on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Rows in which the label follows from the first two of four columns, with noise and holes.
struct Rows {
    static let names = ["amount", "risk", "noise", "constant"]
    var columns: [[Double]]
    var labels: [Float]

    init(count: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        columns = [[], [], [], []]
        labels = []
        for _ in 0..<count {
            let amount = Double.random(in: 0..<300, using: &generator)
            let risk = Double.random(in: 0..<1, using: &generator)
            let isFraud = amount > 220 || (risk > 0.9 && amount > 50)
            columns[0].append(amount)
            columns[1].append(Int.random(in: 0..<10, using: &generator) == 0 ? .nan : risk)
            columns[2].append(Double.random(in: -1..<1, using: &generator))
            columns[3].append(1)
            labels.append(isFraud != (Int.random(in: 0..<20, using: &generator) == 0) ? 1 : 0)
        }
    }

    var rowMajor: [Double] {
        (0..<labels.count).flatMap { row in columns.map { $0[row] } }
    }

    func matrix(weights: [Float]? = nil) throws -> Matrix {
        try Matrix(columns: columns, labels: labels, weights: weights, featureNames: Self.names, threads: 1)
    }

    static let parameters = [
        ("objective", "binary:logistic"), ("tree_method", "hist"), ("max_bin", "4096"), ("base_score", "0.5"),
        ("eta", "0.1"), ("max_depth", "3"), ("nthread", "2"), ("seed", "7"), ("subsample", "0.8"),
        ("eval_metric", "logloss"), ("eval_metric", "aucpr"),
    ]
}
