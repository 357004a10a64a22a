/// What the caller of a training wants after a round.
public enum RoundDecision: Sendable { case proceed, stop }

/// A finished training.
public struct Training: Sendable {
    public enum StopReason: String, Sendable {
        /// All rounds were trained.
        case completed
        /// The validation metric stopped improving; the booster holds the rounds up to the best.
        case earlyStopping = "early-stopping"
        /// The callback asked for it; the booster holds the rounds so far.
        case cancelled
    }

    public let booster: Booster
    public let stopReason: StopReason
    /// The best round by early stopping's metric, from 0; nil without early stopping.
    public let bestRound: Int?
    public let bestValue: Double?
    public let history: [RoundReport]
    /// What the library warned of.
    public let warnings: [String]
}

extension Booster {
    /// Trains a model, a round at a time. Blocks its thread; call it off the shared pool.
    ///
    /// - Parameters:
    ///   - parameters: as XGBoost spells them: `tree_method`, `base_score`, `nthread`, `seed`, ….
    ///   - evaluating: named sets, measured after every round with `eval_metric`.
    ///   - earlyStopping: the model that results holds the rounds up to the best one and no more.
    ///   - allowUnusedParameters: otherwise a parameter the library does not use is an error, not a log line.
    ///   - onRound: reports progress; throw to give up, or answer `stop` to keep what there is.
    public static func train(
        on matrix: Matrix, parameters: [(String, String)], rounds: Int,
        evaluating sets: [(name: String, matrix: Matrix)] = [], earlyStopping: EarlyStopping? = nil,
        allowUnusedParameters: Bool = false, onRound: (RoundReport) throws -> RoundDecision = { _ in .proceed }
    ) throws -> Training {
        guard rounds > 0 else { throw XGBoostError(code: .shape, message: "\(rounds) rounds asked for, at least 1") }
        let (training, lines) = try LogCapture.collect {
            try loop(
                matrix, parameters: parameters, rounds: rounds, sets: sets, earlyStopping: earlyStopping,
                allowUnusedParameters: allowUnusedParameters, onRound: onRound)
        }
        return Training(
            booster: training.booster, stopReason: training.stopReason, bestRound: training.bestRound,
            bestValue: training.bestValue, history: training.history, warnings: lines)
    }

    private static func loop(
        _ matrix: Matrix, parameters: [(String, String)], rounds: Int, sets: [(name: String, matrix: Matrix)],
        earlyStopping: EarlyStopping?, allowUnusedParameters: Bool, onRound: (RoundReport) throws -> RoundDecision
    ) throws -> Training {
        let booster = try Booster(
            parameters: parameters + [("validate_parameters", "1")], for: [matrix] + sets.map(\.matrix))
        if let names = matrix.featureNames { try booster.setFeatureNames(names) }
        var stopping = earlyStopping.map { EarlyStoppingState(rule: $0) }
        var history: [RoundReport] = []
        var reason = Training.StopReason.completed
        for round in 0..<rounds {
            try booster.update(round: round, on: matrix)
            if round == 0, !allowUnusedParameters, let unused = LogCapture.current.compactMap(unusedParameters).first {
                throw XGBoostError(
                    code: .unusedParameter,
                    message: "XGBoost \(Library.version) does not use \(unused) with these settings; is it misspelt?")
            }
            let metrics = try sets.flatMap { set in
                try booster.evaluate(round: round, on: set.matrix).map {
                    RoundReport.Metric(set: set.name, metric: $0.metric, value: $0.value)
                }
            }
            let report = RoundReport(round: round, metrics: metrics)
            history.append(report)
            let shouldStop = try stopping?.shouldStop(after: report) ?? false
            if try onRound(report) == .stop {
                reason = .cancelled
                break
            }
            if shouldStop {
                reason = .earlyStopping
                break
            }
        }
        let best = stopping?.best
        let kept = best.map { $0.round + 1 } ?? history.count
        let result = kept < history.count ? try booster.slice(rounds: 0..<kept) : booster
        return Training(
            booster: result, stopReason: reason, bestRound: best?.round, bestValue: best?.value, history: history,
            warnings: [])
    }

    /// The parameters named by the library's complaint `Parameters: { "max_depht" } are not used.`
    private static func unusedParameters(in line: String) -> String? {
        guard line.contains("Parameters: {"), let open = line.firstIndex(of: "{"),
            let close = line[open...].firstIndex(of: "}")
        else { return nil }
        return line[line.index(after: open)..<close].filter { !$0.isWhitespace }
    }
}
