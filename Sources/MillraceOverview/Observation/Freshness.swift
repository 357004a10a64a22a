public import MillraceCore

/// How old each stage's knowledge is.
public struct Freshness: Sendable, Codable, Equatable {
    /// The way of an event, from the topic to the model in force.
    public enum Stage: String, Sendable, Codable, CaseIterable {
        /// Read by ingest.
        case seen
        /// In a sealed slice, of every partition.
        case sealed
        /// In a dataset.
        case transformed
        /// The end of what the last model trained on.
        case trained
        /// The same of the champion.
        case champion
    }

    public struct Reached: Sendable, Codable, Equatable {
        public var stage: Stage
        /// The newest event time that it knows everything up to (of `seen`: knows at all); nil before the first.
        public var through: Timestamp?
        /// In event time: how far that is behind the newest event seen; of `sealed` before the first seal, how far the
        /// oldest open window is.
        public var behindSeconds: Double?
        /// In wall time: how long ago that was by the clock. Years, for a replayed file.
        public var ageSeconds: Double?
        /// In wall time: since when it has not moved.
        public var unchangedSeconds: Double?

        public init(
            stage: Stage, through: Timestamp?, behindSeconds: Double? = nil, ageSeconds: Double? = nil,
            unchangedSeconds: Double? = nil
        ) {
            self.stage = stage
            self.through = through
            self.behindSeconds = behindSeconds
            self.ageSeconds = ageSeconds
            self.unchangedSeconds = unchangedSeconds
        }
    }

    /// How many of the events of an age have a known label.
    public struct LabelShare: Sendable, Codable, Equatable {
        /// Age of the events in event time, against the newest event sealed: from (included) and to.
        public var fromSeconds: Double
        public var toSeconds: Double
        public var events: Int
        public var labelled: Int
        public var share: Double { events == 0 ? 0 : Double(labelled) / Double(events) }

        public init(fromSeconds: Double, toSeconds: Double, events: Int, labelled: Int) {
            self.fromSeconds = fromSeconds
            self.toSeconds = toSeconds
            self.events = events
            self.labelled = labelled
        }
    }

    /// In the order of the data, each once.
    public var stages: [Reached]
    /// Youngest first; empty without labels.
    public var labels: [LabelShare]
    /// Newest moment at which a label became known.
    public var lastLabel: Timestamp?
    /// Up to where, by the labels' own watermark, labels can be trusted to be there.
    public var maturedThrough: Timestamp?
    public var matchRate: Double?

    public init(
        stages: [Reached], labels: [LabelShare] = [], lastLabel: Timestamp? = nil, maturedThrough: Timestamp? = nil,
        matchRate: Double? = nil
    ) {
        self.stages = stages
        self.labels = labels
        self.lastLabel = lastLabel
        self.maturedThrough = maturedThrough
        self.matchRate = matchRate
    }

    public func reached(_ stage: Stage) -> Reached? { stages.first { $0.stage == stage } }
}
