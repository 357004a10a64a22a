import Foundation
public import Millrace

/// The publish role: judges trained models, answers requests about versions, says so in `releases`, and then makes the
/// registry's folder follow.
public final class PublishHandler: ControlHandler {
    private let pipeline: Pipeline
    private let log: Log
    private let judge: ModelJudge
    private let model: String

    private var machine: PublishMachine
    private var projection: RegistryProjection
    /// The newest verdict of each version, for making its folder again.
    private var verdicts: [Int: Verdict] = [:]
    private var catalog = DatasetCatalog()
    private var datasetsOffset: Int64 = 0
    private var modelsOffset: Int64 = 0
    private var requestsOffset: Int64 = 0
    private var watermark: Timestamp?

    private var judgement: Judgement?
    private var attempts = 0
    private var notBefore = ContinuousClock.now
    private var release: Release?
    private var isWorking = false
    private var isPaused = false
    /// The registry could not be brought up to date (a full disk, say); tried again until it can.
    private var isBehind = false
    private var nextSettle = ContinuousClock.now

    public init(pipeline: Pipeline, trainer: any Trainer = XGBoostTrainer(), log: Log) {
        self.pipeline = pipeline
        self.log = log
        judge = ModelJudge(pipeline: pipeline, trainer: trainer)
        model = pipeline.registry.model ?? pipeline.name
        machine = PublishMachine(model: model, gate: pipeline.gate)
        projection = Self.projection(pipeline, model)
    }

    private static func projection(_ pipeline: Pipeline, _ model: String) -> RegistryProjection {
        RegistryProjection(
            Registry(path: pipeline.registry.path, model: model, pipelineFolder: pipeline.folder),
            keeping: pipeline.retention.models)
    }

    public var role: Role { .publish }
    public var inputs: [Arrow] { [.models, .requests, .datasets] }
    public var folds: [Arrow] { [.releases, .datasets] }

    public func reset() {
        machine = PublishMachine(model: model, gate: pipeline.gate)
        projection = Self.projection(pipeline, model)
        verdicts = [:]
        catalog = DatasetCatalog()
        (datasetsOffset, modelsOffset, requestsOffset) = (0, 0, 0)
        watermark = nil
        judgement = nil
        attempts = 0
        notBefore = .now
        release = nil
        isWorking = false
        isPaused = false
        isBehind = false
    }

    public func fold(_ record: ControlRecord) throws(MessageError) {
        switch record.arrow {
        case .releases:
            guard let release = try Release(record.message) else { return }
            machine.fold(release)
            projection.fold(release, offset: record.offset)
            if let verdict = release.verdict { verdicts[verdict.version] = verdicts[verdict.version] ?? verdict }
        case .datasets: try take(record)
        default: break
        }
    }

    public func start() throws -> [Arrow: Int64] {
        modelsOffset = machine.state.inputs.models
        requestsOffset = machine.state.inputs.requests
        isBehind = true
        nextSettle = .now
        return [.models: modelsOffset, .requests: requestsOffset, .datasets: datasetsOffset]
    }

    public func receive(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        switch record.arrow {
        case .datasets: try take(record)
        case .models:
            modelsOffset = record.offset + 1
            guard message.envelope.type == ModelTrained.type else { return }
            let trained = try message.payload(ModelTrained.self)
            act(machine.handle(trained, offset: record.offset, watermark: watermark))
        case .requests:
            requestsOffset = record.offset + 1
            let request: PublishRequest
            switch message.envelope.type {
            case PromoteRequested.type: request = .promote(try message.payload(PromoteRequested.self))
            case RollbackRequested.type: request = .rollback(try message.payload(RollbackRequested.self))
            case HoldRequested.type: request = .hold(try message.payload(HoldRequested.self))
            case ResumeRequested.type: request = .resume(try message.payload(ResumeRequested.self))
            // Transform answers the others of this topic.
            default: return
            }
            act(
                machine.handle(
                    request, id: RequestID(source: message.envelope.source, id: message.envelope.id),
                    offset: record.offset, watermark: watermark, newest: newestRows))
        default: break
        }
    }

    public var positions: [Arrow: Int64] {
        // While something is being judged, its message is not dealt with.
        guard judgement == nil, release == nil else { return [.datasets: datasetsOffset] }
        return [.models: modelsOffset, .requests: requestsOffset, .datasets: datasetsOffset]
    }

    public func next(now: Timestamp) throws -> ControlAction? {
        if let release { return try send(release) }
        let isBusy = judgement != nil
        if isBusy != isPaused {
            isPaused = isBusy
            return isBusy ? .pause([.models, .requests]) : .resume([.models, .requests])
        }
        if let judgement, !isWorking, ContinuousClock.now >= notBefore, hasSeen(judgement.labelsKnownAt) {
            isWorking = true
            let (judge, catalog) = (judge, catalog)
            return .work(name: "judge version \(judgement.version)") { _ in
                try judge.judge(judgement, catalog: catalog)
            }
        }
        if isBehind, ContinuousClock.now >= nextSettle { settle() }
        return nil
    }

    public func finished(_ result: Result<any Sendable, any Error>) {
        isWorking = false
        guard let judgement else { return }
        switch result {
        case .success(let value):
            guard let outcome = value as? JudgementResult else { return }
            conclude(judgement, outcome)
        case .failure(is WorkCancelled): break
        case .failure(let error):
            attempts += 1
            log.warning(
                "publish", "comparison failed",
                ["run": judgement.run, "version": judgement.version, "attempt": attempts, "error": error])
            guard attempts < max(1, pipeline.training.attempts) else {
                conclude(judgement, .failed(error))
                return
            }
            notBefore = .now + .milliseconds(Int.random(in: 500...1000) << attempts)
        }
    }

    // MARK: Deciding

    private func act(_ action: PublishMachine.Action) {
        switch action {
        case .none: break
        case .judge(let judgement):
            self.judgement = judgement
            attempts = 0
        case .release(let release): self.release = release
        }
    }

    private func conclude(_ judgement: Judgement, _ result: JudgementResult) {
        release = machine.conclude(judgement, result)
        self.judgement = nil
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

    /// Whether the datasets up to a moment have been read: train may have read further than this role.
    private func hasSeen(_ moment: Timestamp) -> Bool { (watermark ?? .distantPast) >= moment }

    /// The last matured span, as long as a holdout: what a late approval is judged on again.
    private var newestRows: PublishMachine.NewestRows? {
        guard let watermark, let matured = catalog.labels(knownAt: watermark)?.maturedThrough else { return nil }
        let size = pipeline.windows.size
        let end = Window(holding: min(matured, watermark), size: size).start
        let start = Window(holding: end - pipeline.training.holdout, size: size).start
        return .init(holdout: Window(start: start, end: end), labelsKnownAt: watermark)
    }

    // MARK: Sending

    private func send(_ release: Release) throws -> ControlAction {
        var records = [try release.record(pipeline: pipeline.name, time: .now)]
        for alias in machine.aliases(movedBy: release, releaseID: release.id(pipeline: pipeline.name)) {
            var record = try MessageCodec.encode(
                alias, pipeline: pipeline.name, from: Role.publish.source(of: pipeline.name), to: .aliases,
                subject: alias.alias, correlationID: alias.run, time: .now)
            // The topic is compacted: the newest record of each alias stays.
            record.key = Array("\(pipeline.name)/\(alias.alias)".utf8)
            records.append(record)
        }
        let inputs = release.inputs
        return .publish(
            records,
            positions: [.models: max(inputs.models, modelsOffset), .requests: max(inputs.requests, requestsOffset)]
        ) { [self] offsets in
            CrashPoint.reach("publish.released-before-alias")
            self.release = nil
            machine.fold(release)
            announce(release)
            if let verdict = release.verdict { verdicts[verdict.version] = verdicts[verdict.version] ?? verdict }
            guard let offset = offsets.first, offset >= 0 else { return }
            do {
                try projection.apply(release, offset: offset)
            } catch {
                fellBehind(error)
            }
        }
    }

    private func settle() {
        do {
            try projection.settle(verdicts)
            isBehind = false
        } catch {
            fellBehind(error)
        }
    }

    private func fellBehind(_ error: any Error) {
        isBehind = true
        nextSettle = .now + .seconds(10)
        log.error("publish", "the registry could not follow the releases; trying again", ["error": error])
    }

    private func announce(_ release: Release) {
        if let verdict = release.verdict {
            log.info(
                "publish", "released",
                [
                    "type": Swift.type(of: release.payload).type, "version": verdict.version, "run": verdict.run,
                    "champion": verdict.champion.map(String.init) ?? "none",
                    "reasons": verdict.reasons.map(\.message).joined(separator: "; "),
                ])
        } else if case .refused(let refused) = release {
            log.info(
                "publish", "request refused",
                ["request": refused.request.id, "code": refused.reason.code, "reason": refused.reason.message])
        }
    }
}
