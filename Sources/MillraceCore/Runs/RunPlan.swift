/// What a run learns from and what it is measured on:
/// `… | training | gap | holdout | maturity | as_of`.
public struct RunPlan: Codable, Sendable, Equatable {
    /// The watermark it was decided at. Nothing known later takes part.
    public var asOf: Timestamp
    /// Events before this moment had trustworthy labels at `asOf`.
    public var maturedThrough: Timestamp
    /// Whole windows, as are `gap` (which may be empty) and `holdout`.
    public var training: Window
    public var gap: Window
    public var holdout: Window
    /// Training sees the labels that were known when the holdout began.
    public var trainingLabelsKnownAt: Timestamp
    /// The holdout is judged by the newest known.
    public var holdoutLabelsKnownAt: Timestamp
    /// Windows of the training span that are left out, their features being incomplete.
    public var excluded: [Window]
    public var trainingRows: Int
    public var holdoutRows: Int
    /// Share of the negatives that train, chosen by a hash of the id; each then weighs 1 / share. 1 keeps them all.
    public var negativeShare: Double
    /// What training is expected to take.
    public var estimatedBytes: Int
    /// The request named spans that overlap what must stay unseen: never an automatic promotion.
    public var holdoutSeen: Bool

    public init(
        asOf: Timestamp, maturedThrough: Timestamp, training: Window, gap: Window, holdout: Window,
        trainingLabelsKnownAt: Timestamp, holdoutLabelsKnownAt: Timestamp, excluded: [Window] = [],
        trainingRows: Int, holdoutRows: Int, negativeShare: Double = 1, estimatedBytes: Int,
        holdoutSeen: Bool = false
    ) {
        self.asOf = asOf
        self.maturedThrough = maturedThrough
        self.training = training
        self.gap = gap
        self.holdout = holdout
        self.trainingLabelsKnownAt = trainingLabelsKnownAt
        self.holdoutLabelsKnownAt = holdoutLabelsKnownAt
        self.excluded = excluded
        self.trainingRows = trainingRows
        self.holdoutRows = holdoutRows
        self.negativeShare = negativeShare
        self.estimatedBytes = estimatedBytes
        self.holdoutSeen = holdoutSeen
    }

    /// Whether a model trained on `span` has seen rows of this holdout or of the gap before it.
    public func isSeen(byModelTrainedOn span: Window) -> Bool {
        span.overlaps(Window(start: min(gap.start, holdout.start), end: holdout.end))
    }
}
