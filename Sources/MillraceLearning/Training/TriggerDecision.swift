public import MillraceCore

/// What the trigger machine decides: a message for `models`, to be sent in one transaction with the offsets in its
/// state.
public enum TriggerDecision: Sendable, Equatable {
    case start(RunStarted)
    case refuse(RunRefused)
    case merge(RunMerged)
    case queue(RunQueued)
    case fail(RunFailed)

    public var run: String {
        switch self {
        case .start(let message): message.run
        case .refuse(let message): message.run
        case .merge(let message): message.run
        case .queue(let message): message.run
        case .fail(let message): message.run
        }
    }

    /// What set it off; a failure does not repeat it.
    public var trigger: RunTrigger? {
        switch self {
        case .start(let message): message.trigger
        case .refuse(let message): message.trigger
        case .merge(let message): message.trigger
        case .queue(let message): message.trigger
        case .fail: nil
        }
    }

    /// The machine's state right after the decision.
    public var state: TriggerState {
        switch self {
        case .start(let message): message.state
        case .refuse(let message): message.state
        case .merge(let message): message.state
        case .queue(let message): message.state
        case .fail(let message): message.state
        }
    }
}
