public import MillraceCore
import Foundation

/// Carries out a run that was decided: reads its rows, trains, measures, and writes the artifact below `runs/<run>/`.
///
/// Everything it writes depends on the plan and the files that the plan leads to alone, so an attempt that is repeated
/// writes the same bytes.
public struct RunExecutor: Sendable {
    public let pipeline: Pipeline
    public let trainer: any Trainer
    /// The worker's own version, for lineage.
    public let version: String

    public init(pipeline: Pipeline, trainer: any Trainer, version: String) {
        self.pipeline = pipeline
        self.trainer = trainer
        self.version = version
    }

    /// Below the pipeline's folder.
    public static func folder(of run: String) -> String { "runs/\(run)" }

    /// - Parameters:
    ///   - catalog: of what was announced when the run was decided.
    ///   - progress: called often; throw from it to give up.
    /// - Throws: `RunRefusal` for what only the data could tell; anything else is a failed attempt.
    public func execute(
        _ started: RunStarted, catalog: DatasetCatalog, progress: (RunProgress) throws -> Void = { _ in }
    ) throws -> ModelTrained {
        let begin = ContinuousClock.now
        let settings = try pipeline.training.trainer.overridden(by: started.parameters)
        func report(_ stage: RunProgress.Stage, _ completed: Int, _ total: Int, _ metrics: [String: Double] = [:])
            throws
        {
            try progress(
                RunProgress(
                    run: started.run, attempt: started.attempt, stage: stage, completed: completed, total: total,
                    metrics: metrics))
        }
        let data = try LearningData(
            folder: pipeline.folder, catalog: catalog, featureHash: started.featureHash,
            labelsKnownWithin: RunReach(pipeline).labels(of: started.plan))
        let set = try data.trainingSet(started.plan) { try report(.preparing, $0, $1) }
        try Self.check(set, minimumPositives: pipeline.training.minimumPositives)

        let threads = settings.threads ?? ProcessInfo.processInfo.activeProcessorCount
        let model = try trainer.train(TrainingJob(set: set, settings: settings, threads: threads)) { round in
            try report(.training, round.completed, round.total, round.metrics)
        }

        try report(.evaluating, 0, 1)
        let holdout = try HoldoutRows(
            data, holdout: started.plan.holdout, labelsKnownAt: started.plan.holdoutLabelsKnownAt,
            gate: pipeline.gate, timeZone: pipeline.timeZone)
        let scores = try trainer.load(model.bytes).score(
            holdout.features, columns: holdout.featureNames.count, names: holdout.featureNames)
        let ranking = Ranking(try holdout.scored(by: scores))
        let metrics = try ModelComparison.metrics(of: ranking, rule: GateRule(pipeline.gate), gate: pipeline.gate)
        try report(.evaluating, 1, 1, metrics)

        let lineage = lineage(
            started, catalog: catalog, parameters: model.parameters.merging(settings.lineage) { trained, _ in trained })
        let files = try write(started, model: model, set: set, lineage: lineage, data: data)
        return ModelTrained(
            run: started.run, trigger: started.trigger, plan: started.plan, isDryRun: started.isDryRun,
            folder: Self.folder(of: started.run), files: files, featureHash: started.featureHash,
            training: .init(rows: set.count, positives: set.positives),
            holdout: .init(rows: holdout.count, positives: holdout.positives), metrics: metrics,
            rounds: model.rounds, lineage: lineage,
            milliseconds: Int((ContinuousClock.now - begin).microseconds / 1000))
    }

    static func check(_ set: TrainingSet, minimumPositives: Int) throws(RunRefusal) {
        let positives = set.positives
        guard positives >= minimumPositives else {
            throw RunRefusal(
                .tooFewPositives,
                "\(positives) positives among \(set.count) training rows; training.minimum.positives asks for "
                    + "\(minimumPositives)")
        }
        guard positives > 0, positives < set.count, !set.featureNames.isEmpty else {
            throw RunRefusal(
                .nothingToLearn,
                "\(positives) positives among \(set.count) rows of \(set.featureNames.count) features")
        }
    }

    private func lineage(_ started: RunStarted, catalog: DatasetCatalog, parameters: [String: String]) -> Lineage {
        Lineage(
            pipeline: pipeline.name, configurationHash: started.configurationHash, featureHash: started.featureHash,
            asOf: started.plan.asOf, offsets: catalog.offsets(started.featureHash, through: started.plan.asOf),
            trigger: started.trigger, versions: ["millrace": version, trainer.name: trainer.version],
            parameters: parameters, lost: lost(started, catalog: catalog))
    }

    /// What the windows that it learns from, or is measured on, may lack; nil: nothing.
    private func lost(_ started: RunStarted, catalog: DatasetCatalog) -> [LostRecords]? {
        let entries = [started.plan.training, started.plan.holdout].flatMap {
            catalog.datasets(started.featureHash, within: $0)
        }
        var seen: Set<LostRecords> = []
        let lost = entries.flatMap { $0.lost ?? [] }.filter { seen.insert($0).inserted }
        return lost.isEmpty ? nil : lost
    }

    private func write(
        _ started: RunStarted, model: TrainedModel, set: TrainingSet, lineage: Lineage, data: LearningData
    ) throws -> [FileReference] {
        let plan = started.plan
        let excluded = Set(plan.excluded)
        let datasets = [("training", plan.training), ("holdout", plan.holdout)].flatMap { part, span in
            data.catalog.datasets(started.featureHash, within: span).filter {
                part == "holdout" || !excluded.contains($0.window)
            }.map { entry in
                LineageDocument.Dataset(
                    window: entry.window, rows: entry.rows, part: part,
                    manifest: entry.files.first { $0.path.hasSuffix("/manifest.json") }, offsets: entry.offsets,
                    lost: entry.lost)
            }
        }
        let manifest = ModelManifest(
            run: started.run, trainer: trainer.name, file: "model.ubj", features: set.featureNames,
            featureHash: started.featureHash, rounds: model.rounds, parameters: model.parameters,
            versions: lineage.versions, training: plan.training, trainingRows: set.count,
            trainingPositives: set.positives, negativeShare: plan.negativeShare,
            labelsKnownAt: plan.trainingLabelsKnownAt)
        let document = LineageDocument(
            run: started.run, summary: lineage, plan: plan, parameters: started.parameters, datasets: datasets,
            labels: data.book.files)
        let folder = Self.folder(of: started.run)
        var files = RunFiles(folder: folder, base: pipeline.folder)
        try files.write(model.bytes, name: "model.ubj")
        try files.write(json: manifest, name: "model.json")
        try files.write(json: document, name: "lineage.json")
        return files.references
    }
}

/// Writes the files of a run, each whole or not at all, and keeps what messages say of them.
struct RunFiles {
    /// Below `base`, the pipeline's folder.
    let folder: String
    let base: String
    private(set) var references: [FileReference] = []

    init(folder: String, base: String) {
        self.folder = folder
        self.base = base
    }

    mutating func write(_ bytes: [UInt8], name: String) throws(FileError) {
        try DurableFile.createFolder("\(base)/\(folder)")
        let path = "\(folder)/\(name)"
        try DurableFile.write(bytes, to: "\(base)/\(path)")
        references.append(
            FileReference(path: path, bytes: bytes.count, sha256: Checksum(of: bytes).description))
    }

    mutating func write(json value: some Encodable, name: String) throws {
        try write(canonicalJSON(value), name: name)
    }
}
