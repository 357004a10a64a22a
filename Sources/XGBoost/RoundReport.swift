/// What a round of training measured.
public struct RoundReport: Sendable, Equatable {
    public struct Metric: Sendable, Equatable {
        /// The evaluation set's name.
        public var set: String
        /// XGBoost's name for the metric.
        public var metric: String
        public var value: Double

        public init(set: String, metric: String, value: Double) {
            self.set = set
            self.metric = metric
            self.value = value
        }
    }

    /// From 0.
    public var round: Int
    /// In the order of the evaluation sets, then of `eval_metric`.
    public var metrics: [Metric]

    public init(round: Int, metrics: [Metric]) {
        self.round = round
        self.metrics = metrics
    }
}
