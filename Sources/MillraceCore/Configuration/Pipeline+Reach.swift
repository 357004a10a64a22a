// How far back the pipeline's stages look, and so how long slices have to be kept.

extension Pipeline {
    /// Windows that have to be read again so that everything that is carried comes out the same: a label of the last
    /// `horizon` can name an event from a horizon before it, and an event in reach can have been labelled a horizon
    /// before it.
    public var memory: Duration {
        let reach = features.map(\.reach).max() ?? .zero
        guard let labels else { return reach }
        return labels.horizon + max(labels.horizon, reach)
    }

    /// What a new feature set begins with: warm-up and one run's windows, and two more for where they fall between
    /// windows.
    public var backfill: Duration {
        let maturity = labels?.maturity ?? .zero
        let run = max(training.span + (training.gap ?? maturity), RunReach(self).exclusion) + training.holdout
        let warmUp = training.warmUp ?? features.map(\.reach).max() ?? .zero
        return warmUp + run + maturity + windows.size * 2
    }

    /// How long slices are kept once they are transformed: as long as declared, and never shorter than it takes to make
    /// state again, or a second feature set.
    public var slicesKept: Duration { max(retention.slices, memory, backfill) }
}
