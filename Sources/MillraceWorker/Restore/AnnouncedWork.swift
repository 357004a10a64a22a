import Kafka
import Millrace

/// What has been announced of slices, datasets and labels: all that says how to make them again.
struct AnnouncedWork {
    /// Has folded all of it.
    private(set) var machine: TransformMachine
    private(set) var ledgers = LedgerBook()
    /// Of the pipeline's feature set, in the order of the windows.
    private(set) var datasets: [DatasetReady] = []
    private(set) var catalog = DatasetCatalog()

    /// Reads both topics from their beginning to the end they have now.
    init(pipeline: Pipeline, settings: ClientSettings) throws {
        let featureHash = pipeline.featureHash
        machine = TransformMachine(settings: .init(pipeline, featureHash: featureHash))
        var ready: [Window: DatasetReady] = [:]
        let fold = TopicFold(settings: settings)
        for arrow in [Arrow.datasets, .slices] {
            try fold.run(arrow, of: pipeline.name) { record in
                let message = record.message
                if message.isA(DatasetReady.self), let dataset = try? message.payload(DatasetReady.self) {
                    machine.fold(dataset)
                    catalog.add(dataset)
                    if dataset.featureHash == featureHash, ready[dataset.window] == nil {
                        ready[dataset.window] = dataset
                    }
                } else if message.isA(LabelsArrived.self), let labels = try? message.payload(LabelsArrived.self) {
                    machine.fold(labels)
                    catalog.add(labels)
                } else if message.isA(SliceSealed.self), let seal = try? message.payload(SliceSealed.self) {
                    try? machine.receive(seal, offset: record.offset)
                    ledgers.add(seal)
                }
            }
        }
        datasets = ready.values.sorted { $0.window < $1.window }
    }

    /// The orders for slices, by partition.
    ///
    /// - Parameter folder: the pipeline's, where the ledgers are.
    func orders(_ shares: [SliceLedger.Share], folder: String) throws -> [TopicPartition: [SliceMaker.Order]] {
        let groups = Dictionary(grouping: shares) { TopicPartition($0.topic, Int32($0.partition)) }
        return try groups.mapValues { shares in
            let offsets = try ledgers.offsets(of: shares, folder: folder)
            return shares.map { .init(share: $0, offsets: offsets[$0.slice.window] ?? []) }
        }
    }
}
