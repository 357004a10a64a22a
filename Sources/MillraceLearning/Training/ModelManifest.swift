public import MillraceCore

/// `model.json`, beside a model's file: everything that is needed to score with it, and what it was fitted to.
public struct ModelManifest: Codable, Sendable, Equatable {
    public var run: String
    /// `xgboost`; the file is then `model.ubj`, in XGBoost's universal binary JSON.
    public var trainer: String
    public var file: String
    /// The columns, in order, and the hash of their definitions: a model takes its columns by both.
    public var features: [String]
    public var featureHash: String
    public var rounds: Int
    public var parameters: [String: String]
    public var versions: [String: String]
    public var training: Window
    public var trainingRows: Int
    public var trainingPositives: Int
    /// Share of the negatives that were trained on.
    public var negativeShare: Double
    public var labelsKnownAt: Timestamp
}

/// `lineage.json`, beside a model's file: every dataset and label file that it was made from. With the same files and
/// versions the same model comes out again.
public struct LineageDocument: Codable, Sendable, Equatable {
    public struct Dataset: Codable, Sendable, Equatable {
        public var window: Window
        public var rows: Int
        /// `training` or `holdout`.
        public var part: String
        public var manifest: FileReference?
        public var offsets: [String: Int64]
        /// Records that the window may lack.
        public var lost: [LostRecords]?
    }

    public var run: String
    public var summary: Lineage
    public var plan: RunPlan
    public var parameters: [String: String]
    public var datasets: [Dataset]
    public var labels: [FileReference]
}
