import Foundation
public import Millrace

/// The publish role: judges trained models, answers requests about versions, says so in `releases`, and then makes the
/// registry's folder follow.
///
/// What it knows is in `releases` and `datasets` alone; a new assignment folds both. Models are judged one after the
/// other on a thread of their own. Requests do not wait for that: a rollback takes effect at once, and a comparison
/// that it overtakes is made again against the champion then in force.
public final class PublishHandler: ControlHandler {
    let pipeline: Pipeline
    let log: Log
    private let judge: ModelJudge
    /// Makes damaged datasets again; nil: nobody can.
    private let restorer: DatasetRestorer?

    // Folded.
    var machine: PublishMachine
    var projection: RegistryProjection
    private var catalog = DatasetCatalog()
    /// End of the newest dataset.
    private var watermark: Timestamp?
    private var datasetsOffset: Int64 = 0
    private var releasesEnd: Int64 = 0

    // Since the last assignment.
    private var models = InquiryQueue()
    private var requests = InquiryQueue()
    private var stage = Stage.idle
    private var attempts = 0
    private var notBefore = ContinuousClock.now
    /// The registry's folder is behind the releases (a full disk, say): tried again until it is not.
    var isBehind = false
    /// Why it could not follow when that was last tried.
    var whyBehind: String?
    var nextSettle = ContinuousClock.now

    private enum Stage {
        case idle
        /// A thread compares.
        case judging(Inquiry, Judgement)
        case judged(Inquiry, Judgement, JudgementResult)
    }

    init(
        pipeline: Pipeline, trainer: any Trainer = XGBoostTrainer(), log: Log, restorer: DatasetRestorer? = nil
    ) {
        self.pipeline = pipeline
        self.log = log
        self.restorer = restorer
        judge = ModelJudge(pipeline: pipeline, trainer: trainer)
        machine = PublishMachine(model: judge.registry.model, gate: pipeline.gate)
        projection = RegistryProjection(judge.registry, keeping: pipeline.retention.models)
    }

    public var role: Role { .publish }
    public var trouble: String? {
        whyBehind.map { "the registry cannot follow the releases, so scorers see an older champion: \($0)" }
    }
    public var inputs: [Arrow] { [.models, .requests, .datasets] }
    public var folds: [Arrow] { [.releases, .datasets] }

    public func reset() {
        machine = PublishMachine(model: judge.registry.model, gate: pipeline.gate)
        projection = RegistryProjection(judge.registry, keeping: pipeline.retention.models)
        catalog = DatasetCatalog()
        watermark = nil
        (datasetsOffset, releasesEnd) = (0, 0)
        (models, requests) = (InquiryQueue(), InquiryQueue())
        stage = .idle
        attempts = 0
        notBefore = .now
        (isBehind, whyBehind) = (false, nil)
    }

    public func fold(_ record: ControlRecord) throws(MessageError) {
        switch record.arrow {
        case .releases:
            releasesEnd = record.offset + 1
            guard let release = try Release(record.message) else { return }
            machine.fold(release)
            projection.fold(release, offset: record.offset)
        case .datasets: try take(record)
        default: break
        }
    }

    public func start() throws -> [Arrow: Int64] {
        if pipeline.kafka.isEmbedded {
            do { try projection.forgetAliases(from: releasesEnd) } catch { fellBehind(error) }
        }
        isBehind = true
        nextSettle = .now
        // Requests go on from the committed offset, so that one that cannot be read is set aside once only; those that
        // were answered are known. A model must not be missed whatever a commit says: train waits for its verdict.
        return [.models: machine.state.inputs.models, .datasets: datasetsOffset]
    }

    public func receive(_ record: ControlRecord) throws(MessageError) {
        switch record.arrow {
        case .datasets: try take(record)
        case .models:
            models.reached(record.offset)
            guard record.message.envelope.type == ModelTrained.type else { return }
            models.add(Inquiry(record, .trained(try record.message.payload(ModelTrained.self))))
        case .requests:
            requests.reached(record.offset)
            requests.add(Inquiry(record, .request(try PublishRequest(record.message))))
        default: break
        }
    }

    public func skip(_ arrow: Arrow, offset: Int64) {
        switch arrow {
        case .datasets: datasetsOffset = offset + 1
        case .models: models.reached(offset)
        case .requests: requests.reached(offset)
        default: break
        }
    }

    private func take(_ record: ControlRecord) throws(MessageError) {
        datasetsOffset = record.offset + 1
        switch record.message.envelope.type {
        case DatasetReady.type:
            let dataset = try record.message.payload(DatasetReady.self)
            catalog.add(dataset)
            watermark = max(watermark ?? dataset.window.end, dataset.window.end)
        case LabelsArrived.type: catalog.add(try record.message.payload(LabelsArrived.self))
        default: break
        }
    }

    public var positions: [Arrow: Int64] {
        var positions: [Arrow: Int64] = [.datasets: datasetsOffset]
        positions[.models] = models.position
        positions[.requests] = requests.position
        return positions
    }

    // MARK: Deciding

    public func next(now: Timestamp) throws -> ControlAction? {
        if case .judged(let inquiry, let judgement, let result) = stage {
            stage = .idle
            if let action = try conclude(inquiry, judgement, result) { return action }
        }
        while let inquiry = requests.first, !isInHand(inquiry) {
            guard let action = try advance(inquiry, from: \.requests) else { break }
            if case .action(let action) = action { return action }
        }
        while let inquiry = models.first, case .idle = stage {
            guard let action = try advance(inquiry, from: \.models) else { break }
            if case .action(let action) = action { return action }
        }
        if isBehind, ContinuousClock.now >= nextSettle { settle() }
        return nil
    }

    private enum Advance {
        case action(ControlAction)
        /// It needs no answer; the next one's turn.
        case passed
    }

    /// - Returns: nil when it has to wait.
    private func advance(
        _ inquiry: Inquiry, from queue: ReferenceWritableKeyPath<PublishHandler, InquiryQueue>
    ) throws -> Advance? {
        switch ask(inquiry) {
        case .none:
            self[keyPath: queue].removeFirst()
            return .passed
        case .release(let release):
            return .action(try send(checked(release, inquiry), for: inquiry))
        case .judge(let judgement):
            return work(inquiry, judgement).map(Advance.action)
        }
    }

    private func ask(_ inquiry: Inquiry) -> PublishMachine.Action {
        switch inquiry.subject {
        case .trained(let trained):
            // The watermark of the run itself, not of this moment: a replay decides the same.
            machine.handle(trained, offset: inquiry.offset, watermark: nil)
        case .request(let request):
            machine.handle(
                request, id: inquiry.requestID, offset: inquiry.offset, watermark: watermark, newest: newestRows)
        }
    }

    private func isInHand(_ inquiry: Inquiry) -> Bool {
        if case .judging(let other, _) = stage { other.isSame(as: inquiry) } else { false }
    }

    private func conclude(
        _ inquiry: Inquiry, _ judgement: Judgement, _ result: JudgementResult
    ) throws -> ControlAction? {
        guard case .trained = inquiry.subject else {
            return try send(checked(machine.conclude(judgement, result), inquiry), for: inquiry, result)
        }
        // Requests may have been answered meanwhile.
        guard case .judge(let present) = ask(inquiry) else { return nil }
        guard present.asksTheSame(as: judgement) else {
            log.info(
                "publish", "comparing again: the champion or the hold is another by now", ["run": present.run])
            attempts = 0
            return nil
        }
        return try send(machine.conclude(present, result), for: inquiry, result)
    }

    /// No version is put in force by a request whose files are gone or damaged.
    private func checked(_ release: Release, _ inquiry: Inquiry) -> Release {
        guard release.movesChampion, let verdict = release.verdict, case .request(let request) = inquiry.subject else {
            return release
        }
        do {
            try judge.registry.check(verdict.model, version: verdict.version)
            return release
        } catch {
            return machine.refuse(
                request, id: inquiry.requestID, inputs: verdict.inputs,
                reason: ReleaseReason("files-\(error.code.rawValue)", "\(error)"))
        }
    }

    // MARK: Working

    private func work(_ inquiry: Inquiry, _ judgement: Judgement) -> ControlAction? {
        guard case .idle = stage, ContinuousClock.now >= notBefore, hasSeen(judgement.labelsKnownAt) else {
            return nil
        }
        stage = .judging(inquiry, judgement)
        let (judge, catalog, restorer) = (judge, catalog, restorer)
        let reach = RunReach(pipeline)
        let events = reach.events(holdout: judgement.holdout)
        let need = DatasetRestorer.Need(
            featureHash: judgement.challenger.featureHash, events: events,
            labels: reach.labels(ofEventsSince: events.start, knownBy: judgement.labelsKnownAt))
        return .work(name: "judge version \(judgement.version)") { context in
            try restorer.trying(need, catalog: catalog, context: context) {
                try judge.judge(judgement, catalog: catalog) {
                    if context.isCancelled { throw WorkCancelled() }
                }
            }
        }
    }

    public func finished(_ result: Result<any Sendable, any Error>) {
        guard case .judging(let inquiry, let judgement) = stage else { return }
        stage = .idle
        switch result {
        case .success(let value):
            guard let result = value as? JudgementResult else { return }
            attempts = 0
            stage = .judged(inquiry, judgement, result)
        case .failure(is WorkCancelled): break
        case .failure(let error):
            attempts += 1
            log.warning(
                "publish", "comparison failed",
                ["run": judgement.run, "version": judgement.version, "attempt": attempts, "error": error])
            if attempts < pipeline.training.attempts, Self.mayPass(error) {
                notBefore = .now + .milliseconds(Int.random(in: 500...1000) << attempts)
            } else {
                attempts = 0
                stage = .judged(inquiry, judgement, .failed(error))
            }
        }
    }

    /// Damaged files stay damaged; those not there yet, or a full disk, may be another matter in a moment.
    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case let error as RegistryError: error.code != .damaged
        case let error as DatasetError: error.code == .unreadable || error.code == .cannotWrite
        case is EvaluationError: false
        default: true
        }
    }

    /// Whether the datasets up to a moment have been read: train may have read further than this role.
    private func hasSeen(_ moment: Timestamp) -> Bool { (watermark ?? .distantPast) >= moment }

    /// The last matured span, as long as a holdout: what a late approval is judged on again. None while it has gaps,
    /// or while the silence of the label feed makes an absent label mean nothing.
    private var newestRows: PublishMachine.NewestRows? {
        guard let watermark, let labels = catalog.labels(knownAt: watermark), !labels.isSilent,
            let matured = labels.maturedThrough
        else { return nil }
        let size = pipeline.windows.size
        let end = Window(holding: min(matured, watermark), size: size).start
        let holdout = Window(start: Window(holding: end - pipeline.training.holdout, size: size).start, end: end)
        let datasets = catalog.datasets(pipeline.featureHash, within: holdout)
        let expected = (holdout.end - holdout.start).microseconds / size.microseconds
        guard datasets.count == expected, !datasets.contains(where: \.isCold) else { return nil }
        return .init(holdout: holdout, labelsKnownAt: watermark)
    }

    // MARK: Sending

    private func send(
        _ release: Release, for inquiry: Inquiry, _ result: JudgementResult? = nil
    ) throws -> ControlAction {
        var records = try self.records(of: release, causedBy: inquiry)
        if let failure = result?.failure { records.append(deadLetter(inquiry, failure)) }
        switch inquiry.subject {
        case .trained: models.removeFirst()
        case .request: requests.removeFirst()
        }
        #if MUTATIONS
            if Mutation.aliasFirst.isOn { apply(release, offset: releasesEnd) }
        #endif
        return .publish(records, positions: positions) { [self] offsets in
            CrashPoint.reach("publish.released-before-alias")
            machine.fold(release)
            announce(release)
            apply(release, offset: offsets[0])
        }
    }
}
