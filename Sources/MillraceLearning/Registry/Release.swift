public import MillraceCore

/// Any message of `releases`.
public enum Release: Sendable, Equatable {
    case published(Verdict)
    case rejected(Verdict)
    case inconclusive(Verdict)
    case awaitingApproval(Verdict)
    case rolledBack(Verdict)
    case refused(RequestRefused)
    case held(PromotionHeld)
    case resumed(PromotionResumed)

    public var verdict: Verdict? {
        switch self {
        case .published(let verdict), .rejected(let verdict), .inconclusive(let verdict),
            .awaitingApproval(let verdict), .rolledBack(let verdict):
            verdict
        case .refused, .held, .resumed: nil
        }
    }

    /// The message's data, for the codec.
    public var payload: any Payload {
        switch self {
        case .published(let verdict): ModelPublished(verdict)
        case .rejected(let verdict): ModelRejected(verdict)
        case .inconclusive(let verdict): ModelInconclusive(verdict)
        case .awaitingApproval(let verdict): ModelAwaitingApproval(verdict)
        case .rolledBack(let verdict): ModelRolledBack(verdict)
        case .refused(let message): message
        case .held(let message): message
        case .resumed(let message): message
        }
    }

    public var inputs: PublishInputs {
        switch self {
        case .published(let verdict), .rejected(let verdict), .inconclusive(let verdict),
            .awaitingApproval(let verdict), .rolledBack(let verdict):
            verdict.inputs
        case .refused(let message): message.inputs
        case .held(let message): message.inputs
        case .resumed(let message): message.inputs
        }
    }

    public var request: RequestID? {
        switch self {
        case .published(let verdict), .rejected(let verdict), .inconclusive(let verdict),
            .awaitingApproval(let verdict), .rolledBack(let verdict):
            verdict.request
        case .refused(let message): message.request
        case .held(let message): message.request
        case .resumed(let message): message.request
        }
    }

    /// Whether the champion is another after it.
    public var movesChampion: Bool {
        switch self {
        case .published, .rolledBack: true
        default: false
        }
    }
}
