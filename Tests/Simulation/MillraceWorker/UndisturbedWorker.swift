public import Millrace

/// What the worker makes of sealed slices when nothing happens to it: the same parts, one after the other.
public enum UndisturbedWorker {
    /// Transforms all windows that every partition has sealed.
    /// - Parameters:
    ///   - pipeline: with a folder that holds the slices.
    ///   - seals: with their offsets in `slices`.
    ///   - additions: of partitions, with their offsets there.
    ///   - skipped: of the windows that were decided upon, whether people skipped them; the others they released.
    public static func datasets(
        _ pipeline: Pipeline, seals: [(seal: SliceSealed, offset: Int64)],
        additions: [(change: PartitionsChanged, offset: Int64)], skipped: [Window: Bool]
    ) throws -> [(labels: LabelsArrived?, dataset: DatasetReady)] {
        var machine = TransformMachine(settings: .init(pipeline, featureHash: pipeline.featureHash))
        let builder = WindowBuilder(pipeline: pipeline, log: Log(level: .error) { _ in })
        var left = additions[...]
        for (seal, offset) in seals {
            while let first = left.first, first.offset < offset { machine.receive(left.removeFirst().change) }
            try machine.receive(seal, offset: offset)
        }
        for addition in left { machine.receive(addition.change) }
        var datasets: [(labels: LabelsArrived?, dataset: DatasetReady)] = []
        while let build = machine.next() {
            let outcome = try builder.build(
                build, history: builder.needsHistory(for: build) ? machine.history(before: build.window) : [],
                checkpoint: machine.checkpoint, previousLabels: machine.lastLabels,
                rewindOffset: machine.rewindOffset(after: build.window), context: WorkContext())
            if case .quarantined(let quarantine) = outcome.verdict {
                machine.published(quarantine)
                guard let isSkipped = skipped[quarantine.window] else { return datasets }
                if isSkipped {
                    try machine.receive(QuarantineSkip(window: quarantine.window, requester: "", reason: ""))
                } else {
                    try machine.receive(QuarantineRelease(window: quarantine.window, requester: "", reason: ""))
                }
                continue
            }
            guard case .ready(let ready) = outcome.verdict else { return datasets }
            datasets.append((outcome.labels, ready))
            machine.published(ready, labels: outcome.labels)
        }
        return datasets
    }
}
