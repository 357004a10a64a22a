/// Compares challenger and champion on the rows that a judgement names, and writes the report.
public struct ModelJudge: Sendable {
    public let pipeline: Pipeline
    public let trainer: any Trainer

    public init(pipeline: Pipeline, trainer: any Trainer) {
        self.pipeline = pipeline
        self.trainer = trainer
    }

    /// - Parameter catalog: of everything announced up to the moment whose labels judge.
    public func judge(_ judgement: Judgement, catalog: DatasetCatalog) throws -> JudgementResult {
        let data = try LearningData(
            folder: pipeline.folder, catalog: catalog, featureHash: judgement.challenger.featureHash,
            through: judgement.labelsKnownAt)
        let rows = try HoldoutRows(
            data, holdout: judgement.holdout, labelsKnownAt: judgement.labelsKnownAt, gate: pipeline.gate,
            timeZone: pipeline.timeZone)
        let scorer = try scorer(judgement.challenger)
        let challenger = try scorer.score(
            rows.features, columns: rows.featureNames.count, names: rows.featureNames)
        var champion: [Double]?
        if let version = judgement.champion {
            champion = try scores(of: version.model, rows: rows, challengerHash: data.featureHash, catalog: catalog)
        }
        let comparison = try ModelComparison(
            rows: rows, challenger: challenger, champion: champion, championThreshold: judgement.champion?.threshold,
            gate: pipeline.gate,
            circumstances: .init(
                holdoutSeen: judgement.isSeen, isHeld: judgement.isHeld, isApproved: judgement.request != nil))
        var files = RunFiles(folder: judgement.reportFolder, base: pipeline.folder)
        let report = try report(judgement, rows: rows, comparison: comparison, importance: scorer.importance())
        try files.write(json: report, name: "report.json")
        try files.write(Array(HTMLReport(report).html.utf8), name: "report.html")
        return JudgementResult(
            verdict: comparison.decision.verdict,
            reasons: comparison.decision.reasons.map { ReleaseReason($0.code.rawValue, $0.message) },
            gate: comparison.numbers, threshold: comparison.threshold, report: files.references)
    }

    private func scorer(_ model: VersionModel) throws -> any Scorer {
        guard let file = model.files.first(where: { $0.path.hasSuffix("/model.ubj") }) else {
            throw RegistryError(.missing, "\(model.folder): no model.ubj among the run's files")
        }
        return try trainer.load(try readChecked(file, folder: pipeline.folder))
    }

    private func scores(of model: VersionModel, rows: HoldoutRows) throws -> [Double] {
        try scorer(model).score(rows.features, columns: rows.featureNames.count, names: rows.featureNames)
    }

    /// The champion's scores, of the same events by its own features where its feature set is another.
    private func scores(
        of champion: VersionModel, rows: HoldoutRows, challengerHash: String, catalog: DatasetCatalog
    ) throws -> [Double] {
        if champion.featureHash == challengerHash { return try scores(of: champion, rows: rows) }
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
        return try scorer(champion).score(features, columns: width, names: table.featureNames)
    }
}
