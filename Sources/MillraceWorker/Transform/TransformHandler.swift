import Millrace

/// The transform role: feeds its machine, and builds one window at a time on a thread of its own.
final class TransformHandler: ControlHandler {
    let role = Role.transform
    let inputs: [Arrow] = [.slices, .requests]
    let folds: [Arrow] = [.datasets]

    private let pipeline: Pipeline
    private let log: Log
    private let restore: (@Sendable (SliceLedger.Share) throws -> Void)?
    private let featureHash: String
    private var machine: TransformMachine
    private var builder: WindowBuilder
    private var outcome: WindowBuilder.Outcome?
    private var lettersSent = 0
    /// Slices that the feature set would have begun with have been removed, and that is yet to be said.
    private var isBegunLate = false
    private var failure: (any Error)?
    private var slicesPosition: Int64?
    private var requestsPosition: Int64?
    /// Requests that are taken in, but not yet carried out: they are read again after a crash.
    private var pendingRequest: Int64?
    private var reported: TransformMachine.Condition?
    /// The newest message of a trace: of the seals of a window, the one that completed it.
    private var causes = RecentCauses()

    /// - Parameter restore: makes a slice again that is damaged or missing.
    init(pipeline: Pipeline, log: Log, restore: (@Sendable (SliceLedger.Share) throws -> Void)? = nil) {
        self.pipeline = pipeline
        self.log = log
        self.restore = restore
        featureHash = pipeline.featureHash
        machine = TransformMachine(settings: .init(pipeline, featureHash: featureHash))
        builder = WindowBuilder(pipeline: pipeline, log: log, restore: restore)
    }

    func reset() {
        machine = TransformMachine(settings: .init(pipeline, featureHash: featureHash))
        // A new one: work that would not stop in time may still hold the old.
        builder = WindowBuilder(pipeline: pipeline, log: log, restore: restore)
        (outcome, failure, slicesPosition, requestsPosition, pendingRequest) = (nil, nil, nil, nil, nil)
        (lettersSent, isBegunLate) = (0, false)
    }

    func fold(_ record: ControlRecord) throws(MessageError) {
        let message = record.message
        if message.isA(DatasetReady.self) {
            machine.fold(try message.payload(DatasetReady.self))
        } else if message.isA(LabelsArrived.self) {
            machine.fold(try message.payload(LabelsArrived.self))
        } else if message.isA(DatasetQuarantined.self) {
            machine.fold(try message.payload(DatasetQuarantined.self))
        }
    }

    func start() -> [Arrow: Int64] {
        slicesPosition = machine.slicesOffset
        return [.slices: machine.slicesOffset]
    }

    func skip(_ arrow: Arrow, offset: Int64) {
        switch arrow {
        case .slices: slicesPosition = offset + 1
        default: requestsPosition = offset + 1
        }
    }

    func receive(_ record: ControlRecord) throws(MessageError) {
        defer { skip(record.arrow, offset: record.offset) }
        let message = record.message
        if let cause = TraceCause(message.envelope, begin: .now) { causes.note(cause, for: cause.context.traceID) }
        switch message.envelope.type {
        case SliceSealed.type:
            try machine.receive(try message.payload(SliceSealed.self), offset: record.offset)
        case PartitionsChanged.type:
            machine.receive(try message.payload(PartitionsChanged.self))
        case QuarantineRelease.type:
            try machine.receive(try message.payload(QuarantineRelease.self))
            pendingRequest = pendingRequest ?? record.offset
        case QuarantineSkip.type:
            try machine.receive(try message.payload(QuarantineSkip.self))
            pendingRequest = pendingRequest ?? record.offset
        default:
            // Requests to publish come by the same topic.
            throw MessageError(.unknownType, message.envelope.type)
        }
    }

    var positions: [Arrow: Int64] {
        var positions: [Arrow: Int64] = [:]
        if let slicesPosition { positions[.slices] = slicesPosition }
        if let offset = pendingRequest ?? requestsPosition { positions[.requests] = offset }
        return positions
    }

    func next(now: Timestamp) throws -> ControlAction? {
        if let failure {
            self.failure = nil
            machine.failed()
            throw failure
        }
        if let outcome {
            if case .removed(let window) = outcome.verdict {
                self.outcome = nil
                machine.removed(window)
                isBegunLate = true
            } else {
                return try publication(of: outcome)
            }
        }
        report()
        guard let build = machine.next() else { return nil }
        let history = builder.needsHistory(for: build) ? machine.history(before: build.window) : []
        let rewindOffset = machine.rewindOffset(after: build.window)
        let previousLabels = machine.lastLabels
        let checkpoint = machine.checkpoint
        let builder = builder
        return .work(name: "transform \(build.window.start)") { context in
            try builder.build(
                build, history: history, checkpoint: checkpoint, previousLabels: previousLabels,
                rewindOffset: rewindOffset, context: context)
        }
    }

    func finished(_ result: Result<any Sendable, any Error>) {
        switch result {
        case .success(let value): outcome = value as? WindowBuilder.Outcome
        case .failure(let error): failure = error
        }
    }

    /// Dead letters go before the dataset that they are missing from, so many at a time: a rule may leave out every
    /// event of a window. After a crash some are sent again; a letter sent twice is one letter.
    private static let lettersPerTransaction = 2000

    private func publication(of outcome: WindowBuilder.Outcome) throws -> ControlAction {
        if lettersSent < outcome.deadLetters.count {
            let part = outcome.deadLetters[lettersSent...].prefix(Self.lettersPerTransaction)
            let records = part.map { $0.record(pipeline: pipeline.name, payload: .reference) }
            return .publish(records, positions: positions) { [self] _ in lettersSent += part.count }
        }
        (self.outcome, lettersSent) = (nil, 0)
        var records: [OutgoingRecord] = []
        if let labels = outcome.labels { records.append(try encode(labels, subject: labels.window)) }
        switch outcome.verdict {
        case .ready(let ready):
            records.append(try encode(ready, subject: ready.window))
            pendingRequest = nil
        case .quarantined(let quarantine):
            records.append(try encode(quarantine, subject: quarantine.window))
        case .removed: break
        }
        return .publish(records, positions: positions) { [self] _ in
            switch outcome.verdict {
            case .ready(let ready):
                machine.published(ready, labels: outcome.labels)
                log.info(
                    "transform", "dataset ready",
                    ["window": ready.window.start, "rows": ready.rows, "cold": ready.isCold])
                if let lost = ready.lost {
                    log.warning(
                        "transform", "the window may lack rows: retention removed records before they were read",
                        ["window": ready.window.start, "lost": lost.map(\.description).joined(separator: "; ")])
                }
                if isBegunLate {
                    isBegunLate = false
                    log.warning(
                        "transform",
                        "slices of earlier windows have been removed: the feature set begins with this one",
                        ["window": ready.window.start, "cold_until": ready.window.start + machine.settings.warmUp])
                }
                builder.expire(after: ready)
            case .quarantined(let quarantine):
                machine.published(quarantine)
                log.warning(
                    "transform", "window in quarantine: later ones wait for 'millrace quarantine release' or 'skip'",
                    [
                        "window": quarantine.window.start,
                        // Their messages quote values of events.
                        "rules": quarantine.violations.map(\.rule).joined(separator: ", "),
                    ])
            case .removed: break
            }
        }
    }

    private func encode(_ payload: some Payload, subject: Window) throws -> OutgoingRecord {
        var record = try MessageCodec.encode(
            payload, pipeline: pipeline.name, from: role.source(of: pipeline.name), to: .datasets,
            subject: subject.description, time: .now)
        let (seed, sample) = (subject.traceSeed(pipeline: pipeline.name), pipeline.tracing.sample)
        let trace = TraceContext.root(seed: seed, span: "", sample: sample).traceID
        record.trace(after: causes[trace], seed: seed, sample: sample, now: .now)
        return record
    }

    private func report() {
        let condition = machine.condition
        guard condition != reported else { return }
        reported = condition
        if case .waiting(let partition?, let window?) = condition {
            log.debug("transform", "waiting for a partition", ["partition": partition, "window": window.start])
        }
    }
}
