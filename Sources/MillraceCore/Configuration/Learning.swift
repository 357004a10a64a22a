/// What sets off a run by itself. Requests on the `retrain` topic always do.
public enum Trigger: Sendable, Equatable {
    /// Every `span` of event time, counted from `from` (from the first window without it).
    case every(Duration, from: Timestamp?)
    case windows(Int)
    case events(Int)
    case labels(Int)
    /// A five-field cron expression in the pipeline's zone, in event time or by the clock on the wall.
    case schedule(cron: String, wallClock: Bool)
}

public struct TrainingSettings: Sendable, Equatable {
    public var span: Duration = .seconds(7 * 86_400)
    /// Between training and holdout; nil is the labels' maturity.
    public var gap: Duration?
    public var holdout: Duration = .seconds(7 * 86_400)
    /// Nil is automatic: the longest reach of the features.
    public var warmUp: Duration?
    public var minimumPositives: Int = 200
    /// Bytes; a run that needs more is refused, or its negatives are sampled.
    public var memoryBytes: Int = 2 << 30
    public var sampleNegatives: Bool = false
    public var trainer: XGBoostSettings = .init()
    /// Rows not trained on because a feature's window was incomplete are always excluded.
    public var attempts: Int = 3
    public init() {}
}

public struct XGBoostSettings: Sendable, Equatable {
    public var rounds: Int = 100
    public var seed: Int = 0
    public var threads: Int?
    /// Stop when the newest part of training has not improved for this many rounds.
    public var earlyStoppingRounds: Int?
    /// The share of training (newest by event time) held for early stopping.
    public var earlyStoppingShare: Double = 0.2
    /// Any parameter of XGBoost, over the defaults for rare events.
    public var parameters: [String: String] = [
        "objective": "binary:logistic", "tree_method": "hist", "max_depth": "3", "eta": "0.1", "max_bin": "4096",
        "base_score": "0.5",
    ]
    public init() {}
}

public enum Metric: String, Sendable, Equatable, CaseIterable, Codable {
    case averagePrecision = "average_precision"
    case areaUnderROC = "auc_roc"
    case cardPrecision = "card_precision"
    case logLoss = "log_loss"
    case brier
    case alertVolume = "alert_volume"
}

public struct GuardSetting: Sendable, Equatable {
    public var metric: Metric
    /// For card precision: alerts a day, and the column they are counted over.
    public var k: Int?
    public var entity: String?
    /// For quality metrics, absolute; for `alert_volume`, the share by which it `may_grow`.
    public var tolerance: Double
    public init(metric: Metric, k: Int? = nil, entity: String? = nil, tolerance: Double) {
        self.metric = metric
        self.k = k
        self.entity = entity
        self.tolerance = tolerance
    }
}

public struct GateSettings: Sendable, Equatable {
    public enum Approval: String, Sendable, CaseIterable { case automatic, manual }

    /// Rows of entities already known to be positive leave the holdout.
    public struct Exclusion: Sendable, Equatable {
        public var entity: String
        /// What is known is asked at the start of each metric day (`day_start`) or at the event itself (`event`).
        public var atDayStart: Bool = true
        /// Positives count from this long before the holdout starts.
        public var sinceBeforeHoldout: Duration
        public init(entity: String, sinceBeforeHoldout: Duration) {
            self.entity = entity
            self.sinceBeforeHoldout = sinceBeforeHoldout
        }
    }

    public var exclude: Exclusion?
    public var metric: Metric = .averagePrecision
    public var margin: Double = 0.02
    /// The least value of the metric at which a first model passes.
    public var floor: Double?
    public var guards: [GuardSetting] = []
    public var minimumPositives: Int = 200
    public var approval: Approval = .automatic
    public var approvalExpires: Duration = .seconds(7 * 86_400)
    /// Alerts a day that people can handle; the threshold that gives it travels with the model.
    public var alertBudget: Int?
    /// The money column of the threshold table, and the price of looking at one alert.
    public var amountColumn: String?
    public var alertCost: Double = 1
    public var bootstrapReplicates: Int = 200
    /// The column over which card precision and the bootstrap count; the exclusion's entity by default.
    public var entity: String?
    public init() {}
}
