// The `models` topic: what train decides and does. Every decision carries the whole `TriggerState` as it stood right
// after it, so that the last decision and what followed it say where to go on.

/// `run.started`: an attempt at a run begins.
public struct RunStarted: Payload {
    public static let type = "dev.millrace.run.started.v1"
    public var identity: String { "\(run)/\(attempt)" }

    public var run: String
    public var trigger: RunTrigger
    /// What it learns from what, fixed here: every attempt, and every later reproduction, follows it.
    public var plan: RunPlan
    /// Trainer parameters over the pipeline's, from the request.
    public var parameters: [String: String]
    public var isDryRun: Bool
    public var configurationHash: String
    public var featureHash: String
    /// 1, 2, …
    public var attempt: Int
    /// How many earlier attempts failed or ended in a crash; an attempt that was stopped in order does not count.
    public var failures: Int
    public var state: TriggerState

    public init(
        run: String, trigger: RunTrigger, plan: RunPlan, parameters: [String: String] = [:], isDryRun: Bool = false,
        configurationHash: String, featureHash: String, attempt: Int, failures: Int, state: TriggerState
    ) {
        self.run = run
        self.trigger = trigger
        self.plan = plan
        self.parameters = parameters
        self.isDryRun = isDryRun
        self.configurationHash = configurationHash
        self.featureHash = featureHash
        self.attempt = attempt
        self.failures = failures
        self.state = state
    }
}

/// `run.progress`: how far an attempt is. Sent outside transactions and never relied upon, with one exception: the
/// stage `stopped` says that the attempt was ended by an orderly shutdown and is not a failure.
public struct RunProgress: Payload {
    public static let type = "dev.millrace.run.progress.v1"
    public var identity: String { "\(run)/\(attempt)/\(stage.rawValue)/\(completed)" }

    public enum Stage: String, Codable, Sendable { case preparing, training, evaluating, stopped }

    public var run: String
    public var attempt: Int
    public var stage: Stage
    /// Of `total`, in the stage's own unit: windows read, rounds trained.
    public var completed: Int
    public var total: Int
    /// The newest values of the trainer's own metrics, `validation-aucpr` for example.
    public var metrics: [String: Double]

    public init(
        run: String, attempt: Int, stage: Stage, completed: Int, total: Int, metrics: [String: Double] = [:]
    ) {
        self.run = run
        self.attempt = attempt
        self.stage = stage
        self.completed = completed
        self.total = total
        self.metrics = metrics
    }
}

/// `run.failed`: no attempt succeeded. Ends the run.
public struct RunFailed: Payload {
    public static let type = "dev.millrace.run.failed.v1"
    public var identity: String { run }

    public var run: String
    public var attempts: Int
    public var code: String
    public var message: String
    public var state: TriggerState

    public init(run: String, attempts: Int, code: String, message: String, state: TriggerState) {
        self.run = run
        self.attempts = attempts
        self.code = code
        self.message = message
        self.state = state
    }
}

/// `run.refused`: there will be no run for a trigger or request, or none further. Ends the run if it had started.
public struct RunRefused: Payload {
    public static let type = "dev.millrace.run.refused.v1"
    public var identity: String { run }

    public var run: String
    public var trigger: RunTrigger
    /// The watermark it was considered at; nil before the first dataset.
    public var asOf: Timestamp?
    public var refusal: RunRefusal
    public var state: TriggerState

    public init(run: String, trigger: RunTrigger, asOf: Timestamp?, refusal: RunRefusal, state: TriggerState) {
        self.run = run
        self.trigger = trigger
        self.asOf = asOf
        self.refusal = refusal
        self.state = state
    }
}

/// `run.queued`: another run is under way; this one starts when that has its verdict.
public struct RunQueued: Payload {
    public static let type = "dev.millrace.run.queued.v1"
    public var identity: String { run }

    public var run: String
    public var trigger: RunTrigger
    /// The run under way.
    public var behind: String
    public var state: TriggerState

    public init(run: String, trigger: RunTrigger, behind: String, state: TriggerState) {
        self.run = run
        self.trigger = trigger
        self.behind = behind
        self.state = state
    }
}

/// `run.merged`: a waiting run answers this request or schedule too.
public struct RunMerged: Payload {
    public static let type = "dev.millrace.run.merged.v1"
    public var identity: String { run }

    /// The run that would have been.
    public var run: String
    public var trigger: RunTrigger
    /// The run that answers for it.
    public var into: String
    public var reason: String
    public var state: TriggerState

    public init(run: String, trigger: RunTrigger, into: String, reason: String, state: TriggerState) {
        self.run = run
        self.trigger = trigger
        self.into = into
        self.reason = reason
        self.state = state
    }
}

/// `model.trained`: a challenger, ready to be judged.
public struct ModelTrained: Payload {
    public static let type = "dev.millrace.model.trained.v1"
    public var identity: String { run }

    /// Rows and positives that a model was fitted to or measured on.
    public struct Counts: Codable, Sendable, Equatable {
        public var rows: Int
        public var positives: Int
        public init(rows: Int, positives: Int) {
            self.rows = rows
            self.positives = positives
        }
    }

    public var run: String
    public var trigger: RunTrigger
    public var plan: RunPlan
    public var isDryRun: Bool
    /// The run's folder, below the pipeline's; `files` are in it.
    public var folder: String
    /// `model.ubj`, `model.json`, `lineage.json`.
    public var files: [FileReference]
    public var featureHash: String
    public var training: Counts
    public var holdout: Counts
    /// The challenger's own figures on its holdout (after the declared exclusions), by metric name; an undefined one
    /// is absent.
    public var metrics: [String: Double]
    public var rounds: Int
    public var lineage: Lineage
    /// How long the attempt took, by the clock on the wall.
    public var milliseconds: Int

    public init(
        run: String, trigger: RunTrigger, plan: RunPlan, isDryRun: Bool, folder: String, files: [FileReference],
        featureHash: String, training: Counts, holdout: Counts, metrics: [String: Double], rounds: Int,
        lineage: Lineage, milliseconds: Int
    ) {
        self.run = run
        self.trigger = trigger
        self.plan = plan
        self.isDryRun = isDryRun
        self.folder = folder
        self.files = files
        self.featureHash = featureHash
        self.training = training
        self.holdout = holdout
        self.metrics = metrics
        self.rounds = rounds
        self.lineage = lineage
        self.milliseconds = milliseconds
    }
}

/// Where a model came from, in brief; `lineage.json` beside the model names every dataset and label file.
public struct Lineage: Codable, Sendable, Equatable {
    public var pipeline: String
    public var configurationHash: String
    public var featureHash: String
    /// The watermark at which it was decided: nothing known later took part.
    public var asOf: Timestamp
    /// Per `topic/partition` of the sources: the next offset after everything that went in.
    public var offsets: [String: Int64]
    public var trigger: RunTrigger
    /// Name → version: `millrace`, `xgboost`, ….
    public var versions: [String: String]
    /// The trainer's parameters as they were set.
    public var parameters: [String: String]
    /// Records that windows of training and holdout may lack, since the sources' retention had removed them.
    public var lost: [LostRecords]?

    public init(
        pipeline: String, configurationHash: String, featureHash: String, asOf: Timestamp, offsets: [String: Int64],
        trigger: RunTrigger, versions: [String: String], parameters: [String: String], lost: [LostRecords]? = nil
    ) {
        self.pipeline = pipeline
        self.configurationHash = configurationHash
        self.featureHash = featureHash
        self.asOf = asOf
        self.offsets = offsets
        self.trigger = trigger
        self.versions = versions
        self.parameters = parameters
        self.lost = lost
    }
}
