import Foundation
public import Millrace

/// The train role: feeds the trigger machine and carries out its runs on a thread of their own.
///
/// Where it stands is in `models` and `releases` alone: a new assignment folds both, takes note again of the datasets
/// that the last decision had seen, and reads on from the offsets that the decision names.
public final class TrainHandler: ControlHandler {
    let pipeline: Pipeline
    let log: Log
    private let executor: RunExecutor
    /// Makes damaged datasets again; nil: nobody can.
    private let restorer: DatasetRestorer?
    private let settings: TriggerSettings

    // Folded.
    private var runLog = RunLog()
    private var catalog = DatasetCatalog()
    /// Versions, of which those in force pin what they were made of.
    private var releases = PublishState()
    private var releasesOffset: Int64 = 0
    /// What set runs off, by run; and requests not decided yet, by their id.
    private var causes = RecentCauses()
    private var lastDataset: TraceCause?

    // Since the last assignment.
    private var machine: TriggerMachine
    private var decisions: [TriggerDecision] = []
    private var trained: ModelTrained?
    private var awaitsVerdict = false
    private var isWorking = false
    private var paused: Set<Arrow> = []
    /// The end of `datasets` when the role was taken over.
    private var datasetsEnd: Int64 = 0
    private var notBefore = ContinuousClock.now
    /// The attempt that this process gave up last: if it goes on with it itself, nothing has failed.
    private var gaveUp: TriggerState.OpenRun?
    private var lastTick = ContinuousClock.now
    /// In event time.
    private var nextExpiry = Timestamp.distantPast

    init(
        pipeline: Pipeline, trainer: any Trainer = XGBoostTrainer(), version: String, log: Log,
        restorer: DatasetRestorer? = nil
    ) {
        self.pipeline = pipeline
        self.log = log
        self.restorer = restorer
        executor = RunExecutor(pipeline: pipeline, trainer: trainer, version: version)
        settings = TriggerSettings(pipeline)
        machine = TriggerMachine(settings)
    }

    public var role: Role { .train }
    public var inputs: [Arrow] { [.datasets, .retrain, .releases] }
    public var folds: [Arrow] { [.models, .releases, .datasets] }

    public func reset() {
        runLog = RunLog()
        catalog = DatasetCatalog()
        releases = PublishState()
        releasesOffset = 0
        (causes, lastDataset) = (RecentCauses(), nil)
        machine = TriggerMachine(settings)
        decisions = []
        trained = nil
        awaitsVerdict = false
        isWorking = false
        paused = []
        datasetsEnd = 0
        notBefore = .now
        nextExpiry = .distantPast
    }

    public func fold(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        switch record.arrow {
        case .models:
            note(message)
            switch message.envelope.type {
            case RunStarted.type: runLog.fold(.start(try message.payload(RunStarted.self)))
            case RunRefused.type: runLog.fold(.refuse(try message.payload(RunRefused.self)))
            case RunMerged.type: runLog.fold(.merge(try message.payload(RunMerged.self)))
            case RunQueued.type: runLog.fold(.queue(try message.payload(RunQueued.self)))
            case RunFailed.type: runLog.fold(.fail(try message.payload(RunFailed.self)))
            case RunProgress.type: runLog.fold(try message.payload(RunProgress.self))
            case ModelTrained.type: runLog.fold(try message.payload(ModelTrained.self))
            default: break
            }
        case .releases:
            releasesOffset = record.offset + 1
            guard let release = try Release(message) else { return }
            releases.fold(release)
            if let verdict = release.verdict { runLog.foldVerdict(run: verdict.run) }
        case .datasets:
            datasetsEnd = record.offset + 1
            // What the last decision had not seen yet is read as input.
            guard record.offset < runLog.state.datasetsOffset else { return }
            switch message.envelope.type {
            case DatasetReady.type: catalog.add(try message.payload(DatasetReady.self))
            case LabelsArrived.type: catalog.add(try message.payload(LabelsArrived.self))
            default: break
            }
        default: break
        }
    }

    public func start() throws -> [Arrow: Int64] {
        machine = TriggerMachine(settings, log: runLog, catalog: catalog)
        if runLog.open == nil {
            decisions = machine.startPending()
        } else if runLog.trained != nil {
            awaitsVerdict = true
        } else {
            decisions = machine.resume(wasStopped: runLog.wasStopped || machine.state.open == gaveUp)
        }
        return [
            .datasets: machine.state.datasetsOffset, .retrain: machine.state.retrainOffset, .releases: releasesOffset,
        ]
    }

    public func receive(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        let offset = record.offset
        switch record.arrow {
        case .datasets:
            switch message.envelope.type {
            case DatasetReady.type:
                lastDataset = TraceCause(message.envelope, begin: .now)
                decisions += machine.handle(try message.payload(DatasetReady.self), offset: offset)
            case LabelsArrived.type: machine.handle(try message.payload(LabelsArrived.self), offset: offset)
            default: machine.skip(datasetsOffset: offset)
            }
        case .retrain:
            let request = try message.payload(RetrainRequested.self)
            let id = RequestID(source: message.envelope.source, id: message.envelope.id)
            if let cause = TraceCause(message.envelope, begin: .now) { causes.note(cause, for: Self.key(id)) }
            decisions += machine.handle(request, id: id, offset: offset)
        case .releases:
            releasesOffset = offset + 1
            guard let release = try Release(message) else { return }
            releases.fold(release)
            guard let verdict = release.verdict else { return }
            // The run's own verdict, not a later one on its version.
            guard machine.open?.run == verdict.run else { return }
            awaitsVerdict = false
            decisions += machine.verdict(run: verdict.run)
        default: break
        }
    }

    public func skip(_ arrow: Arrow, offset: Int64) {
        switch arrow {
        case .datasets: machine.skip(datasetsOffset: offset)
        case .retrain: machine.skip(retrainOffset: offset)
        case .releases: releasesOffset = offset + 1
        default: break
        }
    }

    public var positions: [Arrow: Int64] {
        [.datasets: machine.state.datasetsOffset, .retrain: machine.state.retrainOffset, .releases: releasesOffset]
    }

    public func next(now: Timestamp) throws -> ControlAction? {
        if !decisions.isEmpty { return try send(decisions) }
        if let trained { return try send(trained) }
        let wanted = wantedPauses
        if let arrow = wanted.subtracting(paused).first {
            paused.insert(arrow)
            return .pause([arrow])
        }
        if let arrow = paused.subtracting(wanted).first {
            paused.remove(arrow)
            return .resume([arrow])
        }
        if let run = machine.open, !isWorking, !awaitsVerdict, ContinuousClock.now >= notBefore {
            isWorking = true
            return work(run)
        }
        if lastTick.duration(to: .now) > .seconds(1) {
            lastTick = .now
            decisions += machine.tick(now)
            if !decisions.isEmpty { return try send(decisions) }
        }
        expire()
        return nil
    }

    /// Now and then lets go of what no run to come looks at. By what this role has read, not by what is there: while a
    /// replay trains on the spring, transform may have come to the autumn.
    private func expire() {
        guard machine.open == nil, let now = machine.state.through, now >= nextExpiry else { return }
        nextExpiry = now + max(pipeline.windows.size, pipeline.retention.datasets / 64)
        for path in Expiry(pipeline).removeLearned(at: now, releases: releases) {
            log.debug("train", "expired", ["path": path])
        }
    }

    /// Datasets wait for a run's end. Requests wait until the datasets that were there before this role began have been
    /// read: who asks for a run means the newest data, not those at which a newcomer happens to be.
    private var wantedPauses: Set<Arrow> {
        var wanted: Set<Arrow> = []
        if !machine.readsDatasets { wanted.insert(.datasets) }
        if machine.state.datasetsOffset < datasetsEnd { wanted.insert(.retrain) }
        return wanted
    }

    public func finished(_ result: Result<any Sendable, any Error>) {
        isWorking = false
        guard let run = machine.open else { return }
        switch result {
        case .success(let value):
            trained = value as? ModelTrained
        case .failure(let refusal as RunRefusal):
            decisions += machine.refuse(run: run.run, refusal)
        case .failure(is WorkCancelled): break
        case .failure(let error):
            log.warning("train", "attempt failed", ["run": run.run, "attempt": run.attempt, "error": error])
            notBefore = .now + Self.backoff(failures: run.failures + 1)
            decisions += machine.failed(run: run.run, code: Self.code(error), message: "\(error)")
        }
    }

    /// An attempt that was ended on purpose does not count as failed, nor one that was announced and not begun.
    public func abandoned() -> [OutgoingRecord] {
        // While a decision waits to be sent, it may be the one that announces the attempt.
        guard let run = machine.open, !awaitsVerdict, isWorking || decisions.isEmpty else { return [] }
        let attempt = TriggerState.OpenRun(run: run.run, attempt: run.attempt)
        guard gaveUp != attempt else { return [] }
        isWorking = false
        gaveUp = attempt
        let progress = RunProgress(run: run.run, attempt: run.attempt, stage: .stopped, completed: 0, total: 1)
        return (try? record(progress, run: run.run)).map { [$0] } ?? []
    }

    // MARK: Sending

    private func send(_ decisions: [TriggerDecision]) throws -> ControlAction {
        var records: [OutgoingRecord] = []
        for decision in decisions {
            switch decision {
            case .start(let message): records.append(try record(message, run: message.run, message.trigger))
            case .refuse(let message): records.append(try record(message, run: message.run, message.trigger))
            case .merge(let message): records.append(try record(message, run: message.run, message.trigger))
            case .queue(let message): records.append(try record(message, run: message.run, message.trigger))
            case .fail(let message):
                records.append(try record(message, run: message.run))
                records.append(deadLetter(message, record: records[records.count - 1]))
            }
        }
        // A run that is under way is under way once this is committed; until then nothing else happens.
        return .publish(records, positions: positions) { [self] _ in
            for decision in decisions { announce(decision) }
            self.decisions.removeFirst(decisions.count)
            CrashPoint.reach("train.decided")
        }
    }

    private func send(_ model: ModelTrained) throws -> ControlAction {
        CrashPoint.reach("train.before-trained")
        return .publish([try record(model, run: model.run, model.trigger)], positions: positions) { [self] _ in
            trained = nil
            awaitsVerdict = true
            log.info(
                "train", "model trained",
                [
                    "run": model.run, "rows": model.training.rows, "positives": model.training.positives,
                    "rounds": model.rounds, "milliseconds": model.milliseconds,
                ])
        }
    }

    private func record(
        _ payload: some Payload, run: String, _ trigger: RunTrigger? = nil
    ) throws(MessageError) -> OutgoingRecord {
        var record = try MessageCodec.encode(
            payload, pipeline: pipeline.name, from: Role.train.source(of: pipeline.name), to: .models, subject: run,
            correlationID: run, time: .now)
        let asked = trigger?.requests.lazy.compactMap { self.causes[Self.key($0)] }.first
        record.trace(
            after: causes[run] ?? asked ?? (trigger?.requests.isEmpty == true ? lastDataset : nil),
            seed: "\(pipeline.name)\n\(run)", sample: pipeline.tracing.sample, now: .now)
        // What follows of the run follows from this.
        if let context = record.hop?.context { causes.note(TraceCause(context, begin: .now), for: run) }
        return record
    }

    /// What this role said of a run before it began anew.
    private func note(_ message: ReceivedMessage) {
        guard let run = message.envelope.correlationID, !message.isA(RunProgress.self),
            let cause = TraceCause(message.envelope, begin: .now)
        else { return }
        causes.note(cause, for: run)
    }

    private static func key(_ request: RequestID) -> String { "\(request.source)\n\(request.id)" }

    private func deadLetter(_ failed: RunFailed, record: OutgoingRecord) -> OutgoingRecord {
        DeadLetter(
            topic: Arrow.datasets.topic(of: pipeline.name), partition: 0, offset: failed.state.datasetsOffset - 1,
            timestampMilliseconds: nil, stage: .train, code: failed.code, message: failed.message, key: record.key,
            value: record.value, headers: record.headers
        ).record(pipeline: pipeline.name, payload: pipeline.deadLetters.payload)
    }

    // MARK: Working

    private func work(_ run: RunStarted) -> ControlAction {
        let (executor, restorer, catalog) = (executor, restorer, machine.catalog)
        let (name, reach) = (pipeline.name, RunReach(pipeline))
        let trace = causes[run.run]?.context.description
        @Sendable func execute(_ context: WorkContext) throws -> ModelTrained {
            var last = ContinuousClock.now - .seconds(1)
            var stage: RunProgress.Stage?
            return try executor.execute(run, catalog: catalog) { progress in
                if context.isCancelled { throw WorkCancelled() }
                CrashPoint.reach("train.\(progress.stage.rawValue)")
                // One a second is enough to watch, and is kept for ever; each stage's first and last are always sent.
                let isEdge = progress.stage != stage || progress.completed == progress.total
                guard isEdge || last.duration(to: .now) > .seconds(1) else { return }
                stage = progress.stage
                last = .now
                let record = try MessageCodec.encode(
                    progress, pipeline: name, from: Role.train.source(of: name), to: .models, subject: run.run,
                    correlationID: run.run, traceParent: trace, time: .now)
                context.notify(record)
            }
        }
        return .work(name: "train \(run.run)") { context in
            let need = DatasetRestorer.Need(
                featureHash: run.featureHash, events: reach.events(of: run.plan), labels: reach.labels(of: run.plan))
            return try restorer.trying(need, catalog: catalog, context: context) { try execute(context) }
        }
    }

    /// 1 s, doubled at each failure up to a minute, spread so that runs of several pipelines do not come back together.
    private static func backoff(failures: Int) -> Duration {
        let base = min(60_000, 1000 << min(failures - 1, 6))
        return .milliseconds(Int.random(in: base / 2...base))
    }

    private static func code(_ error: any Error) -> String {
        switch error {
        case let error as DatasetError: error.code.rawValue
        case let error as FileError: error.code.rawValue
        case let error as WorkerError: error.code.rawValue
        case let error as EvaluationError: error.code.rawValue
        default: "training-failed"
        }
    }
}
