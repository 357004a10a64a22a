/// `dataset.ready`: the features of one window, all partitions merged.
public struct DatasetReady: Payload {
    public static let type = "dev.millrace.dataset.ready.v1"
    public var identity: String { "\(window)/\(featureHash)" }

    public var window: Window
    public var featureHash: String
    public var rows: Int
    /// The names of the features, in the order of the matrix's columns.
    public var features: [String]
    /// The folder of the dataset, below the pipeline's folder; `files` are in it.
    public var folder: String
    public var files: [FileReference]
    /// Too near to the stream's start for the longest feature, or after a skipped window: not for training.
    public var isCold: Bool
    /// Its events were left out by a `quarantine.skip`.
    public var isSkipped: Bool
    /// Rows left out by validation rules, and warnings raised, by rule name.
    public var dropped: [String: Int]
    public var warnings: [String: Int]
    /// Per source topic and partition (`topic/partition`): the next offset of the last slice that went in.
    public var offsets: [String: Int64]
    /// The slices that went in, as `topic/partition/sequence`.
    public var slices: [String]
    /// The engine's state after this window, if it was written.
    public var state: FileReference?
    /// Where transform must begin to read `slices` to go on after this dataset.
    public var slicesRewindOffset: Int64
    /// Records of the sources that the window may lack, since retention had removed them.
    public var lost: [LostRecords]?

    public init(
        window: Window, featureHash: String, rows: Int, features: [String], folder: String, files: [FileReference],
        isCold: Bool, isSkipped: Bool = false, dropped: [String: Int] = [:], warnings: [String: Int] = [:],
        offsets: [String: Int64],
        slices: [String], state: FileReference?, slicesRewindOffset: Int64, lost: [LostRecords]? = nil
    ) {
        self.window = window
        self.featureHash = featureHash
        self.rows = rows
        self.features = features
        self.folder = folder
        self.files = files
        self.isCold = isCold
        self.isSkipped = isSkipped
        self.dropped = dropped
        self.warnings = warnings
        self.offsets = offsets
        self.slices = slices
        self.state = state
        self.slicesRewindOffset = slicesRewindOffset
        self.lost = lost
    }
}

/// `dataset.quarantined`: a window broke a blocking rule; it and all later ones wait for a release or a skip.
public struct DatasetQuarantined: Payload {
    public static let type = "dev.millrace.dataset.quarantined.v1"
    public var identity: String { "\(window)/\(featureHash)" }

    public struct Violation: Codable, Sendable, Equatable {
        public var rule: String
        /// What the rule allows, what was found: `null share of amount at most 0.01, found 0.37 (3,546 of 9,585 rows)`.
        public var message: String
        public init(rule: String, message: String) {
            self.rule = rule
            self.message = message
        }
    }

    public var window: Window
    public var featureHash: String
    public var rows: Int
    public var violations: [Violation]

    public init(window: Window, featureHash: String, rows: Int, violations: [Violation]) {
        self.window = window
        self.featureHash = featureHash
        self.rows = rows
        self.violations = violations
    }
}

/// `labels.arrived`: the labels that became known in one window. Sent for every window, just before its dataset.
public struct LabelsArrived: Payload {
    public static let type = "dev.millrace.labels.arrived.v1"
    public var identity: String { window.description }

    public var window: Window
    public var file: FileReference?
    public var labels: Int
    public var positives: Int
    public var negatives: Int
    public var withdrawn: Int
    /// Labels that said something else than an earlier one for the same event.
    public var changed: Int
    /// Labels dropped because their event was not seen within the horizon.
    public var unmatched: Int
    /// Share of the labels of the last `horizon` whose event has been found; nil before the first label.
    public var matchRate: Double?
    /// Events before this moment are mature. It stands still while the feed is silent; nil before the first label.
    public var maturedThrough: Timestamp?
    /// When the last label became known.
    public var lastKnown: Timestamp?
    public var isSilent: Bool
    /// How many more events than before have a known label, by the event's age in windows: first those of this window,
    /// then those of the window before it. Messages of the first version do not say.
    public var labelledByAge: [Int]?

    public init(
        window: Window, file: FileReference?, labels: Int, positives: Int, negatives: Int, withdrawn: Int,
        changed: Int, unmatched: Int, matchRate: Double?, maturedThrough: Timestamp?, lastKnown: Timestamp?,
        isSilent: Bool, labelledByAge: [Int]? = nil
    ) {
        self.window = window
        self.file = file
        self.labels = labels
        self.positives = positives
        self.negatives = negatives
        self.withdrawn = withdrawn
        self.changed = changed
        self.unmatched = unmatched
        self.matchRate = matchRate
        self.maturedThrough = maturedThrough
        self.lastKnown = lastKnown
        self.isSilent = isSilent
        self.labelledByAge = labelledByAge
    }
}
