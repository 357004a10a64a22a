public import MillraceCore
import Foundation

/// Runs the pipeline's learning over stored datasets, as it would have run at past moments: the same planner, trainer,
/// exclusion, metrics and gate, and no broker. The gate moves a champion from fold to fold, as in the field.
public struct Backtest: Sendable {
    public let pipeline: Pipeline
    public let featureHash: String
    public let trainer: any Trainer

    /// - Parameter featureHash: of the datasets to use; the pipeline's own, usually.
    public init(pipeline: Pipeline, featureHash: String? = nil, trainer: any Trainer) {
        self.pipeline = pipeline
        self.featureHash = featureHash ?? pipeline.featureHash
        self.trainer = trainer
    }

    /// The moments to run at, `every` apart, the last at or before the end of the newest window.
    public static func moments(
        catalog: DatasetCatalog, featureHash: String, from: Timestamp?, through: Timestamp?, every: Duration
    ) -> [Timestamp] {
        guard let first = catalog.all(featureHash).first, let last = catalog.all(featureHash).last else { return [] }
        let end = min(through ?? last.window.end, last.window.end)
        var moments: [Timestamp] = []
        var moment = from ?? first.window.end
        while moment <= end {
            moments.append(moment)
            moment = moment + max(every, .microseconds(1))
        }
        return moments
    }

    /// - Parameter progress: called before each fold and each of its rounds; throw from it to give up.
    public func run(
        catalog: DatasetCatalog, at moments: [Timestamp], progress: (BacktestProgress) throws -> Void = { _ in }
    ) throws -> BacktestResult {
        let reach = RunReach(pipeline)
        // What is stored is there, whatever retention says.
        let planner = RunPlanner(
            windowSize: pipeline.windows.size, training: pipeline.training, labels: pipeline.labels,
            featureHash: featureHash, reach: reach)
        var folds: [BacktestResult.Fold] = []
        var champion: (fold: Int, training: Window, scorer: any Scorer, threshold: Double?)?
        for (index, moment) in moments.enumerated() {
            var fold = BacktestResult.Fold(asOf: moment)
            do {
                try progress(.init(fold: index + 1, folds: moments.count, round: 0, rounds: 0))
                let plan = try planner.plan(asOf: moment, catalog: catalog)
                let data = try LearningData(
                    folder: pipeline.folder, catalog: catalog, featureHash: featureHash,
                    labelsKnownWithin: reach.labels(of: plan))
                let set = try data.trainingSet(plan)
                try RunExecutor.check(set, minimumPositives: pipeline.training.minimumPositives)
                let settings = pipeline.training.trainer
                let threads = settings.threads ?? ProcessInfo.processInfo.activeProcessorCount
                let begin = ContinuousClock.now
                let model = try trainer.train(TrainingJob(set: set, settings: settings, threads: threads)) { round in
                    try progress(
                        .init(fold: index + 1, folds: moments.count, round: round.completed, rounds: round.total))
                }
                fold.trainingMilliseconds = Int((ContinuousClock.now - begin).microseconds / 1000)
                let scorer = try trainer.load(model.bytes)
                let rows = try HoldoutRows(
                    data, holdout: plan.holdout, labelsKnownAt: plan.holdoutLabelsKnownAt, gate: pipeline.gate,
                    timeZone: pipeline.timeZone)
                func scores(_ scorer: any Scorer) throws -> [Double] {
                    try scorer.score(rows.features, columns: rows.featureNames.count, names: rows.featureNames)
                }
                let comparison = try ModelComparison(
                    rows: rows, challenger: try scores(scorer), champion: try champion.map { try scores($0.scorer) },
                    championThreshold: champion?.threshold, gate: pipeline.gate,
                    circumstances: .init(
                        holdoutSeen: champion.map { plan.isSeen(byModelTrainedOn: $0.training) } ?? false))
                fold.plan = plan
                fold.training = .init(rows: set.count, positives: set.positives)
                fold.numbers = comparison.numbers
                fold.verdict = comparison.decision.verdict
                fold.reason = comparison.decision.summary
                fold.threshold = comparison.threshold
                fold.champion = champion?.fold
                fold.modelChecksum = Checksum(of: model.bytes).description
                fold.rounds = model.rounds
                if comparison.decision.verdict == .promoted {
                    champion = (index + 1, plan.training, scorer, comparison.threshold)
                }
            } catch let refusal as RunRefusal {
                fold.refusal = refusal
            }
            folds.append(fold)
        }
        return BacktestResult(pipeline: pipeline.name, featureHash: featureHash, folds: folds)
    }
}

/// How far a backtest is; folds and rounds count from 1.
public struct BacktestProgress: Sendable {
    public var fold: Int
    public var folds: Int
    public var round: Int
    public var rounds: Int
}
