public import MillraceCore

/// What a run learned, from what, and what the gate made of it: everything a person needs to trust a model or not.
///
/// As JSON it is kept beside the model; `HTMLReport` shows it to people.
public struct TrainingReport: Sendable, Equatable, Codable {
    /// Rows of one part of a run.
    public struct Span: Sendable, Equatable, Codable {
        /// `training`, `gap`, `holdout`, ….
        public var name: String
        public var window: Window
        public var rows: Int
        public var positives: Int
        /// Left out of the judged rows, entities already known for example.
        public var excludedRows: Int
        /// Rows without a known label, counted as negative because they are mature.
        public var unlabelled: Int

        public init(
            name: String, window: Window, rows: Int, positives: Int, excludedRows: Int = 0, unlabelled: Int = 0
        ) {
            self.name = name
            self.window = window
            self.rows = rows
            self.positives = positives
            self.excludedRows = excludedRows
            self.unlabelled = unlabelled
        }
    }

    /// Half-open: the records of a partition that a model depends on.
    public struct OffsetRange: Sendable, Equatable, Codable {
        /// `topic/partition`.
        public var source: String
        public var from: Int64
        public var to: Int64

        public init(source: String, from: Int64, to: Int64) {
            self.source = source
            self.from = from
            self.to = to
        }
    }

    public struct Importance: Sendable, Equatable, Codable {
        public var feature: String
        public var gain: Double

        public init(feature: String, gain: Double) {
            self.feature = feature
            self.gain = gain
        }
    }

    /// A fact of the lineage, in the order to be read: feature hash, trigger, library version, ….
    public struct Fact: Sendable, Equatable, Codable {
        public var name: String
        public var value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A metric of both models on the judged rows.
    public struct Comparison: Sendable, Equatable, Codable {
        public var request: MetricRequest
        public var challenger: BootstrapInterval
        public var champion: BootstrapInterval?
        /// Challenger less champion.
        public var difference: BootstrapInterval?
        public var challengerBetter: Double?
    }

    public var pipeline: String
    public var run: String
    /// The watermark up to which labels are known to the run.
    public var asOf: Timestamp
    /// The names under which the models are spoken of: `handbook v12`.
    public var challengerName: String
    public var championName: String?
    public var spans: [Span]
    public var offsets: [OffsetRange]
    public var comparisons: [Comparison] = []
    public var challenger: ModelEvaluation
    public var champion: ModelEvaluation?
    public var importance: [Importance] = []
    public var decision: GateDecision?
    public var lineage: [Fact] = []

    public init(
        pipeline: String, run: String, asOf: Timestamp, challengerName: String, championName: String? = nil,
        spans: [Span], offsets: [OffsetRange] = [], challenger: ModelEvaluation, champion: ModelEvaluation? = nil
    ) {
        self.pipeline = pipeline
        self.run = run
        self.asOf = asOf
        self.challengerName = challengerName
        self.championName = championName
        self.spans = spans
        self.offsets = offsets
        self.challenger = challenger
        self.champion = champion
    }

    /// Measures both models on the judged rows, with intervals from the same draws.
    public mutating func compare(
        _ requests: [MetricRequest], challenger: Ranking, champion: Ranking?, bootstrap: Bootstrap
    ) throws(EvaluationError) {
        if let champion {
            let pairs = try bootstrap.compare(requests, champion: champion, challenger: challenger)
            comparisons = zip(requests, pairs).map {
                Comparison(
                    request: $0, challenger: $1.challenger, champion: $1.champion, difference: $1.difference,
                    challengerBetter: $1.challengerBetter)
            }
        } else {
            comparisons = zip(requests, try bootstrap.intervals(of: requests, on: challenger)).map {
                Comparison(request: $0, challenger: $1)
            }
        }
    }
}
