internal import CXGBoost

extension Booster {
    /// One value a row: the probability of the positive class for `binary:logistic`.
    ///
    /// - Parameters:
    ///   - rounds: which rounds' trees are summed; nil for all of them.
    ///   - margin: the sum of the trees before the objective's link: log-odds for `binary:logistic`.
    public func predict(
        _ matrix: Matrix, rounds: Range<Int>? = nil, margin: Bool = false
    ) throws(XGBoostError) -> [Float] {
        try predict(matrix, type: margin ? 1 : 0, rounds: rounds)
    }

    /// Each feature's share in each row's margin (SHAP), `features + 1` values a row: the last is the bias.
    public func contributions(_ matrix: Matrix, rounds: Range<Int>? = nil) throws(XGBoostError) -> [Float] {
        try predict(matrix, type: 2, rounds: rounds)
    }

    private func predict(
        _ matrix: Matrix, type: Int, rounds: Range<Int>?
    ) throws(XGBoostError) -> [Float] {
        try checkColumns(of: matrix)
        if let rounds {
            let held = try roundCount
            // XGBoost reads an end of 0 as "all", so an empty range would mean its opposite.
            guard !rounds.isEmpty, rounds.lowerBound >= 0, rounds.upperBound <= held else {
                throw XGBoostError(code: .shape, message: "rounds \(rounds) asked of a model of \(held)")
            }
        }
        let configuration = """
            {"type": \(type), "training": false, "iteration_begin": \(rounds?.lowerBound ?? 0), \
            "iteration_end": \(rounds?.upperBound ?? 0), "strict_shape": false}
            """
        var values: [Float] = []
        try withHandle { handle throws(XGBoostError) in
            try matrix.withHandle { matrix throws(XGBoostError) in
                var shape: UnsafePointer<bst_ulong>?
                var dimension: bst_ulong = 0
                var result: UnsafePointer<Float>?
                try check(
                    "predicting",
                    XGBoosterPredictFromDMatrix(handle, matrix, configuration, &shape, &dimension, &result))
                let count = (0..<Int(dimension)).reduce(1) { $0 * Int(shape![$1]) }
                values = Array(UnsafeBufferPointer(start: result, count: count))
            }
        }
        return values
    }
}
