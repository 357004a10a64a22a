/// How far back a run reads: one answer for those who plan it, read for it, and keep files for it.
public struct RunReach: Sendable, Equatable {
    /// A label that became known longer than this before its event has been dropped (`labels.horizon`).
    public var horizon: Duration
    /// How long before a holdout its exclusion looks at events.
    public var exclusion: Duration

    public init(horizon: Duration = .zero, exclusion: Duration = .zero) {
        self.horizon = horizon
        self.exclusion = exclusion
    }

    public init(_ pipeline: Pipeline) {
        self.init(
            horizon: pipeline.labels?.horizon ?? .zero,
            exclusion: pipeline.gate.exclude?.sinceBeforeHoldout ?? .zero)
    }

    /// From the oldest event that judging on a holdout looks at to the newest.
    public func events(holdout: Window) -> Window {
        Window(start: holdout.start - exclusion, end: holdout.end)
    }

    /// From the oldest event that a run looks at to the newest.
    public func events(of plan: RunPlan) -> Window {
        let judged = events(holdout: plan.holdout)
        return Window(
            start: min(plan.training.start, judged.start), end: max(plan.training.end, judged.end))
    }

    /// When labels of events since a moment may have become known, up to the moment whose knowledge counts.
    public func labels(ofEventsSince start: Timestamp, knownBy end: Timestamp) -> Window {
        Window(start: start - horizon, end: end)
    }

    /// When the labels that a run looks at may have become known.
    public func labels(of plan: RunPlan) -> Window { labels(ofEventsSince: events(of: plan).start, knownBy: plan.asOf) }
}
