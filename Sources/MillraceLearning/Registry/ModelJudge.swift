public import MillraceCore

/// Compares challenger and champion on the rows that a judgement names, and writes the report.
public struct ModelJudge: Sendable {
    public let pipeline: Pipeline
    public let trainer: any Trainer
    public let registry: Registry

    public init(pipeline: Pipeline, trainer: any Trainer) {
        self.pipeline = pipeline
        self.trainer = trainer
        registry = Registry(pipeline)
    }

    /// - Parameters:
    ///   - catalog: of everything announced up to the moment whose labels judge.
    ///   - checkpoint: called between the steps; throw from it to give up.
    public func judge(
        _ judgement: Judgement, catalog: DatasetCatalog, checkpoint: () throws -> Void = {}
    ) throws -> JudgementResult {
        // A damaged model is found before anything else is read.
        let scorer = try scorer(judgement.challenger)
        try checkpoint()
        let reach = RunReach(pipeline)
        let data = try LearningData(
            folder: pipeline.folder, catalog: catalog, featureHash: judgement.challenger.featureHash,
            labelsKnownWithin: reach.labels(
                ofEventsSince: reach.events(holdout: judgement.holdout).start, knownBy: judgement.labelsKnownAt))
        let rows = try HoldoutRows(
            data, holdout: judgement.holdout, labelsKnownAt: judgement.labelsKnownAt, gate: pipeline.gate,
            timeZone: pipeline.timeZone)
        try checkpoint()
        let challenger = try scorer.score(
            rows.features, columns: rows.featureNames.count, names: rows.featureNames)
        var champion: [Double]?
        if let version = judgement.champion {
            champion = try scores(of: version, rows: rows, challengerHash: data.featureHash, catalog: catalog)
        }
        try checkpoint()
        let comparison = try ModelComparison(
            rows: rows, challenger: challenger, champion: champion, championThreshold: judgement.champion?.threshold,
            gate: pipeline.gate,
            circumstances: .init(
                holdoutSeen: judgement.isSeen, isHeld: judgement.isHeld, isApproved: judgement.request != nil))
        try checkpoint()
        var files = RunFiles(folder: judgement.reportFolder, base: pipeline.folder)
        let report = try report(judgement, rows: rows, comparison: comparison, importance: scorer.importance())
        try files.write(json: report, name: "report.json")
        try files.write(Array(HTMLReport(report).html.utf8), name: "report.html")
        return JudgementResult(
            verdict: comparison.decision.verdict,
            reasons: comparison.decision.reasons.map { ReleaseReason($0.code.rawValue, $0.message) },
            gate: comparison.numbers, threshold: comparison.threshold, report: files.references)
    }

    /// - Parameter version: the number under which the registry may hold the model.
    private func scorer(_ model: VersionModel, version: Int? = nil) throws -> any Scorer {
        let manifest = try manifest(of: model, version: version)
        guard manifest.featureHash == model.featureHash else {
            throw DatasetError(
                .mismatch,
                "\(model.folder)/model.json: expected feature hash \(model.featureHash), found \(manifest.featureHash)")
        }
        guard manifest.trainer == trainer.name else {
            throw DatasetError(
                .mismatch,
                "\(model.folder): expected a model of the trainer \(trainer.name), found one of \(manifest.trainer)")
        }
        return try trainer.load(try bytes(manifest.file, of: model, version: version))
    }

    func manifest(of model: VersionModel, version: Int? = nil) throws -> ModelManifest {
        try decodeJSON(try bytes("model.json", of: model, version: version), name: "\(model.folder)/model.json")
    }

    private func bytes(_ name: String, of model: VersionModel, version: Int?) throws(RegistryError) -> [UInt8] {
        guard let file = model.files.first(where: { Registry.name(of: $0) == name }) else {
            throw RegistryError(.missing, "\(model.folder): expected \(name) among the run's files, found none")
        }
        return try registry.bytes(of: file, version: version)
    }

    /// The champion's scores, of the same events by its own features where its feature set is another.
    private func scores(
        of version: PublishState.Version, rows: HoldoutRows, challengerHash: String, catalog: DatasetCatalog
    ) throws -> [Double] {
        let champion = version.model
        let scorer = try scorer(champion, version: version.number)
        if champion.featureHash == challengerHash {
            return try scorer.score(rows.features, columns: rows.featureNames.count, names: rows.featureNames)
        }
        let entries = catalog.datasets(champion.featureHash, within: rows.holdout)
        let table = try DatasetStore(folder: pipeline.folder).load(entries.map { $0.message(champion.featureHash) })
        var places: [CellKey: Int] = [:]
        for row in 0..<table.count { if let key = CellKey(table.ids, row: row) { places[key] = row } }
        let width = table.featureNames.count
        var features: [Float] = []
        features.reserveCapacity(rows.count * width)
        for row in 0..<rows.count {
            guard let key = CellKey(rows.ids, row: row), let place = places[key] else {
                throw RegistryError(
                    .missing,
                    "the champion's feature set \(champion.featureHash.prefix(12)) has no dataset for all events of "
                        + "\(rows.holdout): the two cannot be compared on the same rows; promote by force, or keep the "
                        + "old feature set until it is replaced")
            }
            for column in 0..<width { features.append(Float(table.features[place * width + column])) }
        }
        return try scorer.score(features, columns: width, names: table.featureNames)
    }
}
