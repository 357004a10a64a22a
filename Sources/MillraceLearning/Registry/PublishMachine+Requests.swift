public import MillraceCore

/// A message of `requests` that publish answers.
public enum PublishRequest: Sendable, Equatable {
    case promote(PromoteRequested)
    case rollback(RollbackRequested)
    case hold(HoldRequested)
    case resume(ResumeRequested)

    var requester: String {
        switch self {
        case .promote(let request): request.requester
        case .rollback(let request): request.requester
        case .hold(let request): request.requester
        case .resume(let request): request.requester
        }
    }

    var type: String {
        switch self {
        case .promote: PromoteRequested.type
        case .rollback: RollbackRequested.type
        case .hold: HoldRequested.type
        case .resume: ResumeRequested.type
        }
    }
}

extension PublishMachine {
    /// The newest rows that can be judged: the last matured span as long as a holdout.
    public struct NewestRows: Sendable, Equatable {
        public var holdout: Window
        public var labelsKnownAt: Timestamp
        public init(holdout: Window, labelsKnownAt: Timestamp) {
            self.holdout = holdout
            self.labelsKnownAt = labelsKnownAt
        }
    }

    /// A request was read.
    ///
    /// - Parameters:
    ///   - watermark: end of the newest dataset.
    ///   - newest: what a late approval is judged on again; nil when there is nothing yet.
    public func handle(
        _ request: PublishRequest, id: RequestID, offset: Int64, watermark: Timestamp?, newest: NewestRows?
    ) -> Action {
        guard offset >= state.inputs.requests, !state.requests.contains(id) else { return .none }
        var inputs = state.inputs
        inputs.requests = offset + 1
        let context = Context(
            id: id, requester: request.requester, type: request.type, inputs: inputs, watermark: watermark)
        do throws(Refusal) {
            switch request {
            case .promote(let promote): return try self.promote(promote, context, newest)
            case .rollback(let rollback): return .release(try self.rollback(rollback, context))
            case .hold(let hold):
                return .release(
                    .held(
                        PromotionHeld(request: id, requester: hold.requester, reason: hold.reason, inputs: inputs)))
            case .resume(let resume):
                return .release(
                    .resumed(
                        PromotionResumed(
                            request: id, requester: resume.requester, reason: resume.reason, inputs: inputs)))
            }
        } catch {
            return .release(
                refuse(request, id: id, inputs: inputs, reason: ReleaseReason(error.code, error.message)))
        }
    }

    /// The answer to a request that cannot be carried out.
    public func refuse(
        _ request: PublishRequest, id: RequestID, inputs: PublishInputs, reason: ReleaseReason
    ) -> Release {
        .refused(
            RequestRefused(
                request: id, requester: request.requester, requestType: request.type, reason: reason,
                champion: state.champion, inputs: inputs))
    }

    private struct Context {
        var id: RequestID
        var requester: String
        var type: String
        var inputs: PublishInputs
        var watermark: Timestamp?
    }

    private struct Refusal: Error {
        var code: String
        var message: String
        init(_ code: String, _ message: String) {
            self.code = code
            self.message = message
        }
    }

    private func expect(champion: Int?) throws(Refusal) {
        guard champion == state.champion else {
            let named = champion.map { "version \($0)" } ?? "no champion"
            let found = state.champion.map { "version \($0)" } ?? "none"
            throw Refusal("champion-changed", "the request is to replace \(named), but the champion is \(found)")
        }
    }

    private func find(_ number: Int) throws(Refusal) -> PublishState.Version {
        guard let version = state.versions[number] else {
            throw Refusal(
                "unknown-version",
                state.nextVersion > 1
                    ? "there is no version \(number); the newest is \(state.nextVersion - 1)"
                    : "there is no version \(number), and no other yet")
        }
        guard number != state.champion else {
            throw Refusal("already-champion", "version \(number) is the champion already")
        }
        return version
    }

    private func promote(
        _ request: PromoteRequested, _ context: Context, _ newest: NewestRows?
    ) throws(Refusal) -> Action {
        let version = try find(request.version)
        try expect(champion: request.replaces)
        if request.force == true {
            var verdict = verdict(on: version, context, reason: ReleaseReason("forced", request.reason))
            verdict.threshold = version.threshold
            return .release(.published(promoted(verdict)))
        }
        guard version.status == .awaitingApproval || version.status == .inconclusive else {
            throw Refusal(
                "needs-force",
                "version \(version.number) is \(version.status.rawValue): it is promoted when the request says so with "
                    + "'force' (--force) alone")
        }
        if let expires = version.expires, let watermark = context.watermark, watermark >= expires {
            throw Refusal(
                "approval-expired",
                "the approval of version \(version.number) expired at \(expires), and the watermark is \(watermark)")
        }
        let champion = state.champion.flatMap { state.versions[$0] }
        if let newest, newest.holdout.end > version.judgedOn.end {
            return .judge(
                judgement(version, champion, newest.holdout, labelsKnownAt: newest.labelsKnownAt, context))
        }
        guard version.status == .awaitingApproval else {
            throw Refusal(
                "needs-force",
                "version \(version.number) is inconclusive on \(version.judgedOn), and no newer rows are matured yet")
        }
        if version.judgedAgainst != state.champion {
            return .judge(
                judgement(
                    version, champion, version.judgedOn,
                    labelsKnownAt: newest?.labelsKnownAt ?? version.model.plan.holdoutLabelsKnownAt, context))
        }
        var verdict = verdict(on: version, context, reason: ReleaseReason("approved", request.reason))
        verdict.threshold = version.threshold
        return .release(.published(promoted(verdict)))
    }

    private func rollback(_ request: RollbackRequested, _ context: Context) throws(Refusal) -> Release {
        guard state.champion != nil else { throw Refusal("no-champion", "there is no champion to roll back") }
        try expect(champion: request.replaces)
        let number: Int
        if request.version == "previous" {
            guard let previous = state.previous else {
                throw Refusal("no-previous", "no champion was in force before version \(state.champion ?? 0)")
            }
            number = previous
        } else if let named = Int(request.version) {
            number = named
        } else {
            throw Refusal(
                "bad-version", "expected a version's number or 'previous', found '\(request.version)'")
        }
        let version = try find(number)
        guard version.status == .superseded || request.force == true else {
            throw Refusal(
                "needs-force",
                "version \(number) is \(version.status.rawValue): a rollback goes back to it when the request says so "
                    + "with 'force' (--force) alone")
        }
        var verdict = verdict(on: version, context, reason: ReleaseReason("rollback", request.reason))
        verdict.threshold = version.threshold
        verdict.champion = number
        // As the fold will have it: those after the version put back are gone from the way back.
        var after = state
        after.fold(.rolledBack(verdict))
        verdict.previous = after.previous
        return .rolledBack(verdict)
    }

    private func verdict(on version: PublishState.Version, _ context: Context, reason: ReleaseReason) -> Verdict {
        Verdict(
            version: version.number, run: version.run, championBefore: state.champion, champion: state.champion,
            previous: state.previous, model: version.model, gate: nil, reasons: [reason], threshold: nil, report: [],
            registryPath: registryPath(version.number), watermark: context.watermark, request: context.id,
            requester: context.requester, inputs: context.inputs)
    }

    private func judgement(
        _ version: PublishState.Version, _ champion: PublishState.Version?, _ holdout: Window,
        labelsKnownAt: Timestamp, _ context: Context
    ) -> Judgement {
        // The gap before newer rows is as long as the one the plan had.
        let gap = version.model.plan.gap
        let guarded = Window(start: holdout.start - (gap.end - gap.start), end: holdout.end)
        let isSeen =
            guarded.overlaps(version.model.plan.training)
            || champion.map { guarded.overlaps($0.model.plan.training) } ?? false
        return Judgement(
            version: version.number, run: version.run, challenger: version.model, champion: champion,
            holdout: holdout, labelsKnownAt: labelsKnownAt, isSeen: isSeen, isHeld: false, isDryRun: false,
            request: context.id,
            requester: context.requester,
            // A report of its own: the first one stays as it was published.
            reportFolder: "\(version.model.folder)/\(Checksum(of: "\(context.id.source)\n\(context.id.id)").prefix(8))",
            inputs: context.inputs, watermark: context.watermark)
    }
}
