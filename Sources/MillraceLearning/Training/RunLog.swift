public import MillraceCore

/// The `models` topic and the verdicts of `releases`, folded: where train goes on after a restart.
public struct RunLog: Sendable, Equatable {
    public private(set) var state = TriggerState()
    /// The run under way, as it was last started.
    public private(set) var open: RunStarted?
    /// Its model, when that was sent: what is awaited then is the verdict.
    public private(set) var trained: ModelTrained?
    /// Its last attempt was stopped in order.
    public private(set) var wasStopped = false
    /// Requests that have been decided upon: sent again, they are known.
    public private(set) var requests: Set<RequestID> = []
    private var decided: Set<String> = []
    private var verdicts: Set<String> = []

    public init() {}

    /// False for a message that repeats an earlier one (its identity is there already).
    @discardableResult
    public mutating func fold(_ decision: TriggerDecision) -> Bool {
        let identity: String
        switch decision {
        case .start(let message): identity = "start/\(message.identity)"
        case .refuse(let message): identity = "refuse/\(message.identity)"
        case .merge(let message): identity = "merge/\(message.identity)"
        case .queue(let message): identity = "queue/\(message.identity)"
        case .fail(let message): identity = "fail/\(message.identity)"
        }
        guard decided.insert(identity).inserted else { return false }
        state = decision.state
        requests.formUnion(decision.trigger?.requests ?? [])
        switch decision {
        case .start(let started):
            if open?.run != started.run { trained = nil }
            open = started
            wasStopped = false
        case .refuse, .fail:
            if state.open == nil { close() }
        case .merge, .queue: break
        }
        settle()
        return true
    }

    public mutating func fold(_ trained: ModelTrained) {
        guard open?.run == trained.run, self.trained == nil else { return }
        self.trained = trained
    }

    public mutating func fold(_ progress: RunProgress) {
        guard progress.stage == .stopped, open?.run == progress.run, open?.attempt == progress.attempt else { return }
        wasStopped = true
    }

    /// A message of `releases` that speaks of a run.
    public mutating func foldVerdict(run: String) {
        verdicts.insert(run)
        settle()
    }

    /// The two topics are read one after the other: a verdict may be there before the run that it ends.
    private mutating func settle() {
        if let run = open?.run, verdicts.contains(run) { close() }
    }

    private mutating func close() {
        open = nil
        state.open = nil
        trained = nil
        wasStopped = false
    }
}
