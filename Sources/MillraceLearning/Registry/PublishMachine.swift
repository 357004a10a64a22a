public import MillraceCore

/// Decides what becomes of a trained model and of requests about versions. A pure value: its memory is the folded
/// `releases` topic, its decisions are messages for that topic, and it learns of its own decisions by folding them, as
/// it would after a restart.
public struct PublishMachine: Sendable {
    public enum Action: Sendable, Equatable {
        /// Nothing to say: it was decided before, or is none of publish's business.
        case none
        /// Compare, then call `conclude`.
        case judge(Judgement)
        case release(Release)
    }

    public let model: String
    public let gate: GateSettings
    public internal(set) var state: PublishState

    /// - Parameter model: the name of the model in the registry.
    public init(model: String, gate: GateSettings, state: PublishState = .init()) {
        self.model = model
        self.gate = gate
        self.state = state
    }

    /// A challenger was trained.
    public func handle(_ trained: ModelTrained, offset: Int64, watermark: Timestamp?) -> Action {
        guard offset >= state.inputs.models, state.numbers[trained.run] == nil else { return .none }
        let champion = state.champion.flatMap { state.versions[$0] }
        var inputs = state.inputs
        inputs.models = offset + 1
        let seen =
            trained.plan.holdoutSeen
            || champion.map { trained.plan.isSeen(byModelTrainedOn: $0.model.plan.training) } ?? false
        return .judge(
            Judgement(
                version: state.nextVersion, run: trained.run,
                challenger: VersionModel(
                    folder: trained.folder, files: trained.files, featureHash: trained.featureHash,
                    plan: trained.plan, lineage: trained.lineage),
                champion: champion, holdout: trained.plan.holdout,
                labelsKnownAt: trained.plan.holdoutLabelsKnownAt, isSeen: seen, isHeld: state.hold != nil,
                isDryRun: trained.isDryRun, reportFolder: trained.folder, inputs: inputs,
                watermark: max(watermark ?? trained.plan.asOf, trained.plan.asOf)))
    }

    /// The comparison is done.
    public func conclude(_ judgement: Judgement, _ result: JudgementResult) -> Release {
        var verdict = Verdict(
            version: judgement.version, run: judgement.run, championBefore: state.champion, champion: state.champion,
            previous: state.previous, model: judgement.challenger, gate: result.gate, reasons: result.reasons,
            threshold: result.threshold, report: result.report, registryPath: registryPath(judgement.version),
            watermark: judgement.watermark, request: judgement.request, requester: judgement.requester,
            inputs: judgement.inputs)
        if judgement.isDryRun {
            verdict.reasons.append(ReleaseReason("dry-run", "a dry run is never promoted"))
            return .rejected(verdict)
        }
        switch result.verdict {
        case .rejected: return .rejected(verdict)
        case .inconclusive: return .inconclusive(verdict)
        case .awaitingApproval:
            verdict.expires = judgement.watermark.map { $0 + gate.approvalExpires }
            return .awaitingApproval(verdict)
        case .promoted: return .published(promoted(verdict))
        }
    }

    /// Takes a message of its own into account, sent or found in the topic.
    public mutating func fold(_ release: Release) { state.fold(release) }

    func promoted(_ verdict: Verdict) -> Verdict {
        var verdict = verdict
        verdict.champion = verdict.version
        verdict.previous = state.champion == verdict.version ? state.previous : state.champion
        return verdict
    }

    func registryPath(_ version: Int) -> String { "\(model)/versions/\(version)" }
}
