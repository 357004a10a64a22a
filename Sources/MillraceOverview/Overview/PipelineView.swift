public import MillraceCore
public import MillraceLearning

/// What a pipeline's control topics say, folded: a value that answers what people ask.
public struct PipelineView: Sendable {
    public private(set) var partitions: [String: PartitionProgress] = [:]
    public private(set) var changes: [PartitionsChanged] = []
    /// Newest feature set last; windows in the order in which they became ready.
    public private(set) var datasets: [DatasetReady] = []
    public private(set) var quarantined: DatasetQuarantined?
    /// A message a window, in order.
    public private(set) var labelWindows: [LabelsArrived] = []
    public var labels: LabelsArrived? { labelWindows.last }
    public private(set) var labelTotals = (labels: 0, positives: 0, unmatched: 0, changed: 0)
    /// Events with a known label, by the start of their window.
    private var labelled: [Timestamp: Int] = [:]
    /// In the order in which they were decided: that of `models`, whichever topic was read first.
    public var runs: [RunSummary] { unordered.sorted { $0.order < $1.order } }
    private var unordered: [RunSummary] = []
    /// How often a run came to an outcome. One on which a person decides later has two, so that no count ever falls.
    public private(set) var outcomes: [RunSummary.State: Int] = [:]
    public private(set) var publish = PublishState()
    /// Per version, the newest verdict and when it was sent.
    public private(set) var verdicts: [Int: (verdict: Verdict, time: Timestamp?)] = [:]
    /// When each stage last said that it has come further, by the clock on the wall.
    public private(set) var advanced: [Freshness.Stage: Timestamp] = [:]
    /// When a run failed for good, and when the champion was rolled back, the last time.
    public private(set) var lastFailure: Timestamp?
    public private(set) var lastRollback: Timestamp?
    /// Seals that name lost records: how many, and when they were made, by the clock on the wall.
    public private(set) var losses: [(time: Timestamp, records: Int)] = []
    /// Messages of known types that could not be understood.
    public private(set) var unreadable = 0
    private var seen: Set<String> = []
    private var runIndex: [String: Int] = [:]

    public init() {}

    /// Takes a message of any control topic; what repeats an earlier one changes nothing.
    public mutating func fold(_ record: ControlRecord) {
        do {
            switch record.arrow {
            case .slices: try foldSlices(record)
            case .datasets: try foldDatasets(record)
            case .models: try foldModels(record)
            case .releases: try foldReleases(record)
            case .retrain, .requests, .aliases, .alerts, .deadLetters: break
            }
        } catch {
            unreadable += 1
        }
    }

    private mutating func isNew(_ payload: some Payload) -> Bool {
        seen.insert("\(type(of: payload).type)/\(payload.identity)").inserted
    }

    private mutating func foldSlices(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        if message.isA(SliceSealed.self) {
            let seal = try message.payload(SliceSealed.self)
            guard isNew(seal) else { return }
            let name = "\(seal.topic)/\(seal.partition)"
            partitions[name, default: PartitionProgress(seal)].add(seal)
            if seal.kind == .events { advanced[.sealed] = record.time }
            if let lost = seal.lost, let time = record.time { losses.append((time, lost.count)) }
        } else if message.isA(PartitionsChanged.self) {
            let change = try message.payload(PartitionsChanged.self)
            if isNew(change) { changes.append(change) }
        }
    }

    private mutating func foldDatasets(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        if message.isA(DatasetReady.self) {
            let ready = try message.payload(DatasetReady.self)
            guard isNew(ready) else { return }
            datasets.append(ready)
            advanced[.transformed] = record.time
            if quarantined?.window == ready.window { quarantined = nil }
        } else if message.isA(DatasetQuarantined.self) {
            let message = try message.payload(DatasetQuarantined.self)
            if isNew(message) { quarantined = message }
        } else if message.isA(LabelsArrived.self) {
            let arrived = try message.payload(LabelsArrived.self)
            guard isNew(arrived) else { return }
            labelWindows.append(arrived)
            labelTotals.labels += arrived.labels
            labelTotals.positives += arrived.positives
            labelTotals.unmatched += arrived.unmatched
            labelTotals.changed += arrived.changed
            let size = arrived.window.end - arrived.window.start
            for (age, count) in (arrived.labelledByAge ?? []).enumerated() {
                labelled[arrived.window.start - size * age, default: 0] += count
            }
        }
    }

    /// The datasets of the feature set transformed last.
    public var currentDatasets: [DatasetReady] {
        guard let hash = datasets.last?.featureHash else { return [] }
        return datasets.filter { $0.featureHash == hash }
    }

    /// How many events of each age have a known label, youngest first; ages are those of whole windows, against the newest
    /// dataset's.
    public var labelShares: [Freshness.LabelShare] {
        guard let newest = currentDatasets.last?.window.end, !labelled.isEmpty else { return [] }
        var shares: [Freshness.LabelShare] = []
        let hour = 3600.0
        for edge in [1, 6, 24, 72, 168, 336, 720, 2160, .infinity].map({ $0 * hour }) {
            shares.append(
                .init(fromSeconds: shares.last?.toSeconds ?? 0, toSeconds: edge, events: 0, labelled: 0))
        }
        var oldest = 0.0
        for dataset in currentDatasets {
            let age = Double((newest - dataset.window.end).microseconds) / 1e6
            let index = shares.firstIndex { age < $0.toSeconds } ?? shares.count - 1
            oldest = max(oldest, Double((newest - dataset.window.start).microseconds) / 1e6)
            shares[index].events += dataset.rows
            shares[index].labelled += min(dataset.rows, max(0, labelled[dataset.window.start] ?? 0))
        }
        // The last one has no end but that of the data.
        shares[shares.count - 1].toSeconds = max(oldest, shares[shares.count - 1].fromSeconds)
        return shares.filter { $0.events > 0 }
    }

    /// All versions, newest first.
    public var versions: [VersionSummary] {
        publish.versions.values.sorted { $0.number > $1.number }.compactMap { version in
            guard let (verdict, time) = verdicts[version.number] else { return nil }
            return VersionSummary(
                version: version.number, status: version.status.rawValue, run: version.run,
                training: version.model.plan.training, holdout: version.judgedOn, decided: time, verdict: verdict)
        }
    }

    public func run(_ name: String) -> RunSummary? { runIndex[name].map { unordered[$0] } }

    /// The runs that answer a request.
    public func run(for request: RequestID) -> RunSummary? {
        guard let run = unordered.last(where: { $0.requests.contains(request) }) else { return nil }
        return run.into.flatMap { self.run($0) } ?? run
    }
}

extension PipelineView {
    private mutating func update(
        _ run: String, state: RunSummary.State, trigger: RunTrigger? = nil, _ change: (inout RunSummary) -> Void
    ) {
        let former = self.run(run)?.state
        let index: Int
        if let known = runIndex[run] {
            index = known
        } else {
            index = unordered.count
            runIndex[run] = index
            unordered.append(RunSummary(run, state: state, trigger: trigger))
        }
        if let trigger, unordered[index].trigger.isEmpty { unordered[index].set(trigger) }
        // The verdict may have been read before the messages of `models` that lead to it.
        if !(unordered[index].state.isOver && !state.isOver) { unordered[index].state = state }
        if state.isOver, state != former { outcomes[state, default: 0] += 1 }
        change(&unordered[index])
    }

    private mutating func foldModels(_ record: ControlRecord) throws(MessageError) {
        let (message, time) = (record.message, record.time)
        func decide(
            _ run: String, _ state: RunSummary.State, _ trigger: RunTrigger?, _ change: (inout RunSummary) -> Void
        ) {
            update(run, state: state, trigger: trigger) { run in
                run.order = min(run.order, record.offset)
                change(&run)
            }
        }
        switch message.envelope.type {
        case RunStarted.type:
            let started = try message.payload(RunStarted.self)
            decide(started.run, .running, started.trigger) { run in
                run.asOf = started.plan.asOf
                run.training = started.plan.training
                run.holdout = started.plan.holdout
                run.attempt = started.attempt
                run.started = run.started ?? time
            }
        case RunProgress.type:
            let progress = try message.payload(RunProgress.self)
            decide(progress.run, .running, nil) { run in
                if run.state == .running { run.progress = progress }
            }
        case ModelTrained.type:
            let trained = try message.payload(ModelTrained.self)
            guard isNew(trained) else { return }
            advanced[.trained] = time
            decide(trained.run, .trained, trained.trigger) { run in
                run.trainingRows = trained.training.rows
                run.trainingPositives = trained.training.positives
                run.holdoutPositives = trained.holdout.positives
                run.metrics = trained.metrics
                run.milliseconds = trained.milliseconds
            }
        case RunQueued.type:
            let queued = try message.payload(RunQueued.self)
            decide(queued.run, .queued, queued.trigger) { _ in }
        case RunMerged.type:
            let merged = try message.payload(RunMerged.self)
            decide(merged.run, .merged, merged.trigger) { run in
                run.into = merged.into
                run.reasons = [ReleaseReason("merged", merged.reason)]
                run.ended = time
            }
        case RunRefused.type:
            let refused = try message.payload(RunRefused.self)
            decide(refused.run, .refused, refused.trigger) { run in
                run.asOf = run.asOf ?? refused.asOf
                run.reasons = [ReleaseReason(refused.refusal.code.rawValue, refused.refusal.message)]
                run.ended = time
            }
        case RunFailed.type:
            let failed = try message.payload(RunFailed.self)
            lastFailure = time ?? lastFailure
            decide(failed.run, .failed, nil) { run in
                run.attempt = failed.attempts
                run.reasons = [ReleaseReason(failed.code, failed.message)]
                run.ended = time
            }
        default: break
        }
    }

    private mutating func foldReleases(_ record: ControlRecord) throws(MessageError) {
        guard let release = try Release(record.message) else { return }
        let champion = publish.champion
        guard publish.fold(release), let verdict = release.verdict else { return }
        if publish.champion != champion { advanced[.champion] = record.time }
        verdicts[verdict.version] = (verdict, record.time)
        let state: RunSummary.State
        switch release {
        case .published: state = .published
        case .rejected: state = .rejected
        case .inconclusive: state = .inconclusive
        case .awaitingApproval: state = .awaitingApproval
        // A rollback is no verdict on the run whose model comes back.
        case .rolledBack:
            lastRollback = record.time ?? lastRollback
            return
        case .refused, .held, .resumed: return
        }
        update(verdict.run, state: state, trigger: verdict.model.lineage.trigger) { run in
            run.version = verdict.version
            run.reasons = verdict.reasons
            run.training = run.training ?? verdict.model.plan.training
            run.holdout = run.holdout ?? verdict.model.plan.holdout
            run.asOf = run.asOf ?? verdict.model.plan.asOf
            run.ended = record.time
            if let gate = verdict.gate { run.metrics = gate.challenger }
        }
    }
}
