public import Millrace

/// What the worker makes of sealed slices when nothing happens to it: the same parts, one after the other.
public enum UndisturbedWorker {
    /// Transforms all windows that every partition has sealed.
    /// - Parameters:
    ///   - pipeline: with a folder that holds the slices.
    ///   - seals: with their offsets in `slices`.
    public static func datasets(
        _ pipeline: Pipeline, seals: [(seal: SliceSealed, offset: Int64)]
    ) throws -> [(labels: LabelsArrived?, dataset: DatasetReady)] {
        var machine = TransformMachine(settings: .init(pipeline, featureHash: pipeline.featureHash))
        let builder = WindowBuilder(pipeline: pipeline, log: Log(level: .error) { _ in })
        for (seal, offset) in seals { try machine.receive(seal, offset: offset) }
        var datasets: [(labels: LabelsArrived?, dataset: DatasetReady)] = []
        while let build = machine.next() {
            let outcome = try builder.build(
                build, history: builder.needsHistory(for: build) ? machine.history(before: build.window) : [],
                checkpoint: machine.checkpoint, previousLabels: machine.lastLabels,
                rewindOffset: machine.rewindOffset(after: build.window), context: WorkContext())
            guard case .ready(let ready) = outcome.verdict else { return datasets }
            datasets.append((outcome.labels, ready))
            machine.published(ready, labels: outcome.labels)
        }
        return datasets
    }
}
