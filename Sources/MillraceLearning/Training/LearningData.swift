public import MillraceCore

/// Reads what a run learns from, a window at a time, and checks each file against the message that announced it.
public struct LearningData: Sendable {
    public let store: DatasetStore
    public let catalog: DatasetCatalog
    public let featureHash: String
    public let book: LabelBook

    /// - Parameters:
    ///   - folder: the pipeline's.
    ///   - span: labels that became known before or after it are not read: neither what retention has removed nor what
    ///     nobody could have known is asked for.
    public init(
        folder: String, catalog: DatasetCatalog, featureHash: String, labelsKnownWithin span: Window
    ) throws(DatasetError) {
        self.init(
            folder: folder, catalog: catalog, featureHash: featureHash,
            book: try LabelBook(catalog.labels(knownWithin: span), folder: folder, through: span.end))
    }

    public init(folder: String, catalog: DatasetCatalog, featureHash: String, book: LabelBook) {
        store = DatasetStore(folder: folder)
        self.catalog = catalog
        self.featureHash = featureHash
        self.book = book
    }

    /// One window's rows.
    public func table(_ entry: DatasetCatalog.Entry) throws(DatasetError) -> DatasetTable {
        try store.load([entry.message(featureHash)])
    }

    /// All rows of a span.
    public func table(within span: Window) throws(DatasetError) -> DatasetTable {
        try store.load(catalog.datasets(featureHash, within: span).map { $0.message(featureHash) })
    }

    /// The rows of a plan's training span.
    ///
    /// - Parameter onWindow: called after each window with the number done and of all; throw from it to give up.
    public func trainingSet(
        _ plan: RunPlan, onWindow: (Int, Int) throws -> Void = { _, _ in }
    ) throws -> TrainingSet {
        let excluded = Set(plan.excluded)
        let entries = catalog.datasets(featureHash, within: plan.training).filter { !excluded.contains($0.window) }
        var set = TrainingSet(featureNames: entries.first?.features ?? [])
        set.features.reserveCapacity(Int(Double(plan.trainingRows * set.featureNames.count) * plan.negativeShare))
        for (index, entry) in entries.enumerated() {
            let table = try table(entry)
            set.append(
                table, labels: book.labels(for: table, asOf: plan.trainingLabelsKnownAt),
                negativeShare: plan.negativeShare)
            try onWindow(index + 1, entries.count)
        }
        return set
    }
}

extension DatasetCatalog.Entry {
    /// The announcement, as far as reading the files needs it.
    func message(_ featureHash: String) -> DatasetReady {
        DatasetReady(
            window: window, featureHash: featureHash, rows: rows, features: features, folder: folder, files: files,
            isCold: isCold, offsets: offsets, slices: [], state: nil, slicesRewindOffset: 0)
    }
}
