public import MillraceCore

/// Whether a version's model comes out again, byte for byte, from the data that its lineage names.
public struct Reproduction: Codable, Sendable, Equatable {
    public var run: String
    /// SHA-256 of the published model's file, and of the one made again.
    public var expected: String
    public var found: String
    public var rows: Int
    public var positives: Int
    /// Versions of libraries that are others by now, as `name: then → now`: a likely cause of a difference.
    public var changedVersions: [String]
    public var isSame: Bool { expected == found }

    /// Trains the version again, with the parameters and threads it was trained with, and compares. Writes nothing.
    ///
    /// - Parameters:
    ///   - folder: the pipeline's folder that holds the datasets, made again from the log or still there.
    ///   - reach: how far the pipeline's runs read.
    ///   - versions: of what runs now, by the names that lineage uses.
    public init(
        of model: VersionModel, run: String, catalog: DatasetCatalog, folder: String, reach: RunReach,
        trainer: any Trainer, versions: [String: String], onRound: (TrainingRound) throws -> Void = { _ in }
    ) throws {
        guard let file = model.files.first(where: { $0.path.hasSuffix("/model.ubj") }) else {
            throw RegistryError(.missing, "\(model.folder): no model.ubj among the run's files")
        }
        let data = try LearningData(
            folder: folder, catalog: catalog, featureHash: model.featureHash,
            labelsKnownWithin: reach.labels(ofEventsSince: model.plan.training.start, knownBy: model.plan.asOf))
        let set = try data.trainingSet(model.plan)
        guard !set.featureNames.isEmpty else {
            throw RunRefusal(
                .notEnoughWindows,
                "there is no dataset of \(model.plan.training) under feature set \(model.featureHash.prefix(12)): make "
                    + "them again from the source topics first")
        }
        let settings = XGBoostSettings(lineage: model.lineage.parameters)
        let trained = try trainer.train(
            TrainingJob(set: set, settings: settings, threads: settings.threads ?? 1), onRound: onRound)
        self.run = run
        expected = file.sha256
        found = Checksum(of: trained.bytes).description
        rows = set.count
        positives = set.positives
        changedVersions = model.lineage.versions.sorted { $0.key < $1.key }.compactMap { name, then in
            versions[name].flatMap { now in now == then ? nil : "\(name): \(then) → \(now)" }
        }
    }
}
