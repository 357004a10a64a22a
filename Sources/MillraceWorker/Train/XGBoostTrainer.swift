import Foundation
public import Millrace
import XGBoost

/// Trains in this process, with the XGBoost library that it is linked with.
public struct XGBoostTrainer: Trainer {
    public init() {}

    public var name: String { "xgboost" }
    public var version: String { Library.version }

    public func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel {
        let settings = job.settings
        var parameters = settings.parameters
        parameters["seed"] = String(settings.seed)
        parameters["nthread"] = String(job.threads)
        let split = job.validationStart
        let stopping = settings.earlyStoppingRounds.map { EarlyStopping(rounds: $0, set: "validation") }
        if stopping != nil, parameters["eval_metric"] == nil { parameters["eval_metric"] = "aucpr" }
        let training = try matrix(job.set, rows: 0..<split, threads: job.threads)
        var sets: [(name: String, matrix: Matrix)] = []
        if split < job.set.count {
            sets = [("validation", try matrix(job.set, rows: split..<job.set.count, threads: job.threads))]
        }
        // In a fixed order: the library's configuration, and so the model's bytes, could depend on it.
        let ordered = parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let result: Training
        do {
            result = try Booster.train(
                on: training, parameters: ordered, rounds: settings.rounds, evaluating: sets, earlyStopping: stopping
            ) { round in
                var metrics: [String: Double] = [:]
                for metric in round.metrics { metrics["\(metric.set)-\(metric.metric)"] = metric.value }
                try onRound(TrainingRound(completed: round.round + 1, total: settings.rounds, metrics: metrics))
                return .proceed
            }
        } catch let error as XGBoostError where Self.isAboutParameters(error) {
            // Another attempt would fail in the same way.
            throw RunRefusal(.badParameters, error.message)
        }
        return TrainedModel(
            bytes: try result.booster.serialized(as: .ubj), rounds: try result.booster.roundCount,
            parameters: parameters)
    }

    private static func isAboutParameters(_ error: XGBoostError) -> Bool {
        error.code == .unusedParameter || error.code == .unknownMetric
            || (error.code == .library && error.message.localizedCaseInsensitiveContains("parameter"))
    }

    public func load(_ model: [UInt8]) throws -> any Scorer {
        BoosterScorer(booster: try Booster(serialized: model))
    }

    private func matrix(_ set: TrainingSet, rows: Range<Int>, threads: Int) throws -> Matrix {
        let width = set.featureNames.count
        let isWhole = rows == 0..<set.count
        return try Matrix(
            rowMajor: isWhole ? set.features : Array(set.features[rows.lowerBound * width..<rows.upperBound * width]),
            columns: width, labels: isWhole ? set.labels : Array(set.labels[rows]),
            weights: set.weights.map { isWhole ? $0 : Array($0[rows]) }, featureNames: set.featureNames,
            threads: threads)
    }
}

private struct BoosterScorer: Scorer {
    let booster: Booster

    func score(_ features: [Float], columns: Int, names: [String]) throws -> [Double] {
        guard !features.isEmpty else { return [] }
        return try booster.predict(Matrix(rowMajor: features, columns: columns, featureNames: names)).map(Double.init)
    }

    func importance() throws -> [(feature: String, gain: Double)] {
        try booster.importance(.gain).map { ($0.feature, $0.value) }
    }
}
