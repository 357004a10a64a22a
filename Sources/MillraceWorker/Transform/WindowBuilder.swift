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
            /// Retention has removed the slices of the window that the feature set would begin with.
            case removed(Window)
        }
        /// Nil when they were announced before.
        var labels: LabelsArrived?
        var verdict: Verdict
        /// Of rows that rules left out; there may be as many as events.
        var deadLetters: [DeadLetter] = []
    }

    private let pipeline: Pipeline
    private let featureHash: String
    private let log: Log
    /// Where what is made goes.
    private let output: String
    private let store: DatasetStore
    private let checker: RuleChecker
    private let checkpoints: StateCheckpoint
    /// Makes a slice again that is damaged or missing; nil: nobody can.
    private let restore: (@Sendable (SliceLedger.Share) throws -> Void)?
    /// What has been taken in, through `through`; nil when there is nothing, or it is spoilt by a failure.
    private var state: State?

    private struct State {
        var engine: FeatureEngine
        var matcher: LabelMatcher
        var through: Window?
    }

    /// A checkpoint is written after every seventh window: more often it would cost more than reading slices again.
    private static let windowsPerCheckpoint: Int64 = 7

    /// - Parameter output: another folder than the pipeline's, for what is made.
    init(
        pipeline: Pipeline, output: String? = nil, log: Log,
        restore: (@Sendable (SliceLedger.Share) throws -> Void)? = nil
    ) {
        self.pipeline = pipeline
        self.output = output ?? pipeline.folder
        self.log = log
        self.restore = restore
        featureHash = pipeline.featureHash
        store = DatasetStore(folder: self.output)
        checker = RuleChecker(rules: pipeline.rules, columns: pipeline.events.columns)
        checkpoints = StateCheckpoint(folder: self.output)
    }

    /// Whether the windows before a build must be read again first.
    func needsHistory(for build: TransformMachine.Build) -> Bool {
        state == nil ? build.previous != nil : state?.through != build.previous
    }

    func build(
        _ build: TransformMachine.Build, history: [TransformMachine.Build],
        checkpoint: TransformMachine.Checkpoint?, previousLabels: LabelsArrived?, rewindOffset: Int64,
        context: WorkContext
    ) throws -> Outcome {
        if build.mayBeRemoved, !hasSlices(build) { return Outcome(labels: nil, verdict: .removed(build.window)) }
        var state =
            try self.state.flatMap { $0.through == build.previous ? $0 : nil }
            ?? remake(from: history, checkpoint: checkpoint, context: context)
        // Until the end of the build nothing can be trusted: a failure in between leaves an engine half fed.
        self.state = nil
        let content = try read(build)
        var check = checker.check(content.events)
        if build.isReleased || build.isSkipped {
            for violation in check.violations { check.warnings[violation.rule] = 1 }
            check.violations = []
        }
        if !check.violations.isEmpty {
            self.state = state
            return Outcome(
                labels: nil,
                verdict: .quarantined(
                    DatasetQuarantined(
                        window: build.window, featureHash: featureHash, rows: content.events.count,
                        violations: check.violations)))
        }
        let arrival = state.matcher.add(window: build.window, events: ids(content.events), labels: content.labels)
        let features = state.engine.append(events: content.events, labels: content.labels)
        let labels = try announce(build, content.labels, arrival, state.matcher, previousLabels)
        let files = try write(build, content.events, features, state.engine.featureNames)
        let checkpoint = try writeCheckpoint(state.engine, after: build.window)
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
                    isCold: build.isCold, isSkipped: build.isSkipped, dropped: content.counts,
                    warnings: check.warnings, offsets: build.offsets,
                    slices: (build.events + build.labels).map(\.name), state: checkpoint,
                    slicesRewindOffset: rewindOffset, lost: build.lost.isEmpty ? nil : build.lost)),
            deadLetters: content.dropped)
    }

    /// Writes the labels of a window alone.
    func writeLabels(_ build: TransformMachine.Build) throws -> FileReference {
        try LabelFile.write(labels(build), window: build.window, folder: output)
    }

    // MARK: Parts

    private struct Content {
        var events: RowTable
        var labels: RowTable
        /// Rows that rules left out.
        var dropped: [DeadLetter] = []
        var counts: [String: Int] = [:]
    }

    /// Reads the slices of a window, leaves out what rules drop, and merges.
    private func read(_ build: TransformMachine.Build) throws -> Content {
        var content = Content(events: RowTable(columns: []), labels: RowTable(columns: []))
        var events: [RowTable] = []
        for share in build.events {
            let slice = try read(share, columns: pipeline.events.columns)
            let dropped = checker.dropped(from: slice.table)
            guard !dropped.isEmpty else {
                events.append(slice.table)
                continue
            }
            let offsets = slice.offsets.flatMap { Array($0) }
            for row in dropped {
                content.counts[row.rule, default: 0] += 1
                content.dropped.append(
                    DeadLetter(
                        topic: share.topic, partition: share.partition, offset: offsets[row.row],
                        timestampMilliseconds: nil, stage: .transform, code: "rule-\(row.rule)", message: row.message,
                        key: nil, value: nil))
            }
            let left = Set(dropped.map(\.row))
            events.append(slice.table.reordered(slice.table.times.indices.filter { !left.contains($0) }))
        }
        content.events = RowTable.merged(events, columns: pipeline.events.columns)
        content.labels = try labels(build)
        return content
    }

    private func labels(_ build: TransformMachine.Build) throws -> RowTable {
        RowTable.merged(
            try build.labels.map { try read($0, columns: LabelSource.sliceColumns).table },
            columns: LabelSource.sliceColumns)
    }

    /// Reads a slice, once more when it was damaged and could be made again.
    private func read(_ share: SliceLedger.Share, columns: [Column]) throws -> SliceFile.Content {
        do {
            return try SliceFile.read(share.slice.file, folder: pipeline.folder, columns: columns)
        } catch {
            let isDamaged =
                (error as? SliceFileError).map { $0.code != .otherColumns }
                ?? (error as? FileError).map { $0.code == .notFound || $0.code == .damaged } ?? false
            guard let restore, isDamaged else { throw error }
            log.warning("transform", "a slice is damaged or gone: making it again", ["error": error])
            try restore(share)
            return try SliceFile.read(share.slice.file, folder: pipeline.folder, columns: columns)
        }
    }

    private func hasSlices(_ build: TransformMachine.Build) -> Bool {
        (build.events + build.labels).allSatisfy {
            FileManager.default.fileExists(atPath: "\(pipeline.folder)/\($0.slice.file.path)")
        }
    }

    private func writeCheckpoint(_ engine: FeatureEngine, after window: Window) throws -> FileReference? {
        let size = pipeline.windows.size.microseconds
        guard window.end.microseconds / size % Self.windowsPerCheckpoint == 0 else { return nil }
        let file = try checkpoints.write(engine, after: window)
        try checkpoints.retain(newest: 3, featureHash: featureHash)
        return file
    }

    private func ids(_ events: RowTable) -> CellColumn { events.column(pipeline.events.idColumn) ?? CellColumn() }

    /// Feeds a fresh engine with the windows it looks back at; those before the checkpoint only if that is damaged.
    private func remake(
        from all: [TransformMachine.Build], checkpoint: TransformMachine.Checkpoint?, context: WorkContext
    ) throws -> State {
        var state = State(
            engine: try FeatureEngine(pipeline, featureHash: featureHash),
            matcher: LabelMatcher(horizon: pipeline.labels?.horizon ?? .zero))
        let history = all.drop { $0.mayBeRemoved && !hasSlices($0) }
        if history.count < all.count {
            log.warning(
                "transform", "labels are matched with fewer events: slices they look back at have been removed",
                ["windows": all.count - history.count])
        }
        guard !history.isEmpty else { return state }
        var restored: Window?
        if let checkpoint, history.contains(where: { $0.window == checkpoint.window }) {
            do {
                _ = try checkpoints.restore(state.engine, from: checkpoint.file)
                restored = checkpoint.window
            } catch {
                log.warning("transform", "a checkpoint is of no use; reading slices instead", ["error": error])
                state.engine = try FeatureEngine(pipeline, featureHash: featureHash)
            }
        }
        log.info("transform", "reading slices again to remake the state", ["windows": history.count])
        for build in history {
            if context.isCancelled { throw WorkCancelled() }
            let content = try read(build)
            _ = state.matcher.add(window: build.window, events: ids(content.events), labels: content.labels)
            if !build.isForLabelsOnly, restored.map({ build.window > $0 }) ?? true {
                _ = state.engine.append(events: content.events, labels: content.labels)
            }
            state.through = build.window
        }
        return state
    }

    private func announce(
        _ build: TransformMachine.Build, _ labels: RowTable, _ arrival: LabelMatcher.Arrival, _ matcher: LabelMatcher,
        _ previous: LabelsArrived?
    ) throws -> LabelsArrived? {
        guard let source = pipeline.labels else { return nil }
        let file = try LabelFile.write(labels, window: build.window, folder: output)
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
        for path in Expiry(pipeline).removeSlices(at: ready.window.end) {
            log.debug("transform", "expired", ["path": path])
        }
    }
}
