import Foundation
import Millrace
import Synchronization

/// Turns a window's slices into a dataset and a label file. Keeps the feature engine and the memory of labels from one
/// window to the next, and makes them again from slices when they are not those of the window before.
///
/// `@unchecked Sendable`: the loop runs one piece of work at a time and hands the builder over with it.
final class WindowBuilder: @unchecked Sendable {
    struct Outcome: Sendable {
        enum Verdict: Sendable {
            case ready(DatasetReady)
            case quarantined(DatasetQuarantined)
        }
        /// Nil when they were announced before.
        var labels: LabelsArrived?
        var verdict: Verdict
        var deadLetters: [OutgoingRecord] = []
    }

    private let pipeline: Pipeline
    private let featureHash: String
    private let log: Log
    private let store: DatasetStore
    private let checker: RuleChecker
    /// What has been taken in, through `through`; nil when there is nothing, or it is spoilt by a failure.
    private var state: State?

    private struct State {
        var engine: FeatureEngine
        var matcher: LabelMatcher
        var through: Window?
    }

    init(pipeline: Pipeline, log: Log) {
        self.pipeline = pipeline
        self.log = log
        featureHash = pipeline.featureHash
        store = DatasetStore(folder: pipeline.folder)
        checker = RuleChecker(pipeline)
    }

    /// Whether the windows before a build must be read again first.
    func needsHistory(for build: TransformMachine.Build) -> Bool {
        state == nil ? build.previous != nil : state?.through != build.previous
    }

    func build(
        _ build: TransformMachine.Build, history: [TransformMachine.Build], previousLabels: LabelsArrived?,
        rewindOffset: Int64, context: WorkContext
    ) throws -> Outcome {
        var state = try self.state.flatMap { $0.through == build.previous ? $0 : nil }
            ?? remake(from: history, context: context)
        // Until the end of the build nothing can be trusted: a failure in between leaves an engine half fed.
        self.state = nil
        var content = try read(build)
        let check = checker.check(content.events, isReleased: build.isReleased || build.isSkipped)
        if !check.violations.isEmpty {
            self.state = state
            return Outcome(
                labels: nil,
                verdict: .quarantined(
                    DatasetQuarantined(
                        window: build.window, featureHash: featureHash, rows: content.events.count,
                        violations: check.violations)))
        }
        content.events = check.kept
        let arrival = state.matcher.add(window: build.window, events: ids(content.events), labels: content.labels)
        let features = state.engine.append(events: content.events, labels: content.labels)
        let labels = try announce(build, content.labels, arrival, state.matcher, previousLabels)
        let files = try write(build, content.events, features, state.engine.featureNames)
        let checkpoint = try StateCheckpoint.write(
            state.engine.encodedState(), window: build.window, featureHash: featureHash, folder: pipeline.folder)
        state.through = build.window
        self.state = state
        CrashPoint.reach("transform.written-before-send")
        return Outcome(
            labels: build.labelsAnnounced ? nil : labels,
            verdict: .ready(
                DatasetReady(
                    window: build.window, featureHash: featureHash, rows: content.events.count,
                    features: state.engine.featureNames,
                    folder: DatasetStore.path(window: build.window, featureHash: featureHash), files: files,
                    isCold: build.isCold, isSkipped: build.isSkipped, dropped: check.dropped,
                    warnings: check.warnings, offsets: build.offsets,
                    slices: (build.events + build.labels).map(\.name), state: checkpoint,
                    slicesRewindOffset: rewindOffset)))
    }

    // MARK: Parts

    private func read(_ build: TransformMachine.Build) throws -> (events: RowTable, labels: RowTable) {
        func tables(_ shares: [SliceLedger.Share]) throws -> [RowTable] {
            try shares.map { try SliceFile.read($0.slice.file, folder: pipeline.folder).table }
        }
        return (
            RowTable.merged(try tables(build.events), columns: pipeline.events.columns),
            RowTable.merged(try tables(build.labels), columns: LabelSource.sliceColumns)
        )
    }

    private func ids(_ events: RowTable) -> CellColumn { events.column(pipeline.events.idColumn) ?? CellColumn() }

    /// Feeds a fresh engine with the windows it looks back at.
    private func remake(from history: [TransformMachine.Build], context: WorkContext) throws -> State {
        var state = State(
            engine: try FeatureEngine(pipeline, featureHash: featureHash),
            matcher: LabelMatcher(horizon: pipeline.labels?.horizon ?? .zero))
        guard !history.isEmpty else { return state }
        log.info("transform", "reading slices again to remake the state", ["windows": history.count])
        for build in history {
            if context.isCancelled { throw WorkCancelled() }
            let content = try read(build)
            let events = checker.check(content.events, isReleased: true).kept
            _ = state.matcher.add(window: build.window, events: ids(events), labels: content.labels)
            _ = state.engine.append(events: events, labels: content.labels)
            state.through = build.window
        }
        return state
    }

    private func announce(
        _ build: TransformMachine.Build, _ labels: RowTable, _ arrival: LabelMatcher.Arrival, _ matcher: LabelMatcher,
        _ previous: LabelsArrived?
    ) throws -> LabelsArrived? {
        guard let source = pipeline.labels else { return nil }
        let file = try LabelFile.write(labels, window: build.window, folder: pipeline.folder)
        return LabelsArrived(
            window: build.window, file: file, arrival: arrival, matcher: matcher, source: source, previous: previous)
    }

    private func write(
        _ build: TransformMachine.Build, _ events: RowTable, _ features: [Double], _ names: [String]
    ) throws -> [FileReference] {
        try store.write(
            DatasetContent(
                window: build.window, featureHash: featureHash, featureNames: names, features: features,
                events: events, idColumn: pipeline.events.idColumn, isCold: build.isCold,
                slices: (build.events + build.labels).map(\.name),
                profile: try Profile(of: events, features: features, names: names).encoded()))
    }

    /// Removes what retention no longer keeps.
    func expire(after ready: DatasetReady) {
        Expiry(pipeline: pipeline, log: log).run(at: ready.window.end)
    }
}
