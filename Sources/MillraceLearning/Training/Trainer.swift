public import MillraceCore

/// What a run is trained by. Implemented outside this module, so that the rules of training need no library.
public protocol Trainer: Sendable {
    /// Goes into the model's manifest and lineage: `xgboost`.
    var name: String { get }
    /// Another version may grow other trees.
    var version: String { get }

    /// Trains on the calling thread, for as long as it takes. The same job gives the same bytes.
    ///
    /// - Parameter onRound: called after each round; throw from it to give up.
    func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel
    /// A model from the bytes of its file.
    func load(_ model: [UInt8]) throws -> any Scorer
}

/// Gives rows their scores.
public protocol Scorer: Sendable {
    /// - Parameter features: row-major, NaN is missing.
    /// - Returns: a score a row, higher for more suspicious.
    func score(_ features: [Float], columns: Int, names: [String]) throws -> [Double]
    /// How much each feature matters to the model, the most important first; empty where the trainer cannot tell.
    func importance() throws -> [(feature: String, gain: Double)]
}

extension Scorer {
    public func importance() throws -> [(feature: String, gain: Double)] { [] }
}

/// What to train on, and how.
public struct TrainingJob: Sendable {
    public var set: TrainingSet
    public var settings: XGBoostSettings
    /// Resolved: never nil, since it goes into lineage and may decide the last bit.
    public var threads: Int

    public init(set: TrainingSet, settings: XGBoostSettings, threads: Int) {
        self.set = set
        self.settings = settings
        self.threads = threads
    }

    /// Rows before it train, rows from it on (the newest) tell when to stop; the number of rows without early stopping.
    public var validationStart: Int {
        guard settings.earlyStoppingRounds != nil else { return set.count }
        return set.count - Int((Double(set.count) * settings.earlyStoppingShare).rounded())
    }
}

/// A round of training that has ended.
public struct TrainingRound: Sendable {
    /// Rounds done, and those asked for.
    public var completed: Int
    public var total: Int
    public var metrics: [String: Double]
    public init(completed: Int, total: Int, metrics: [String: Double]) {
        self.completed = completed
        self.total = total
        self.metrics = metrics
    }
}

/// What training has made.
public struct TrainedModel: Sendable {
    /// The model's file.
    public var bytes: [UInt8]
    public var rounds: Int
    /// Every parameter as it was set.
    public var parameters: [String: String]
    public init(bytes: [UInt8], rounds: Int, parameters: [String: String]) {
        self.bytes = bytes
        self.rounds = rounds
        self.parameters = parameters
    }
}

extension XGBoostSettings {
    /// With a request's parameters over the pipeline's: `rounds`, `seed`, `threads`, or any of XGBoost's.
    public func overridden(by parameters: [String: String]) throws(RunRefusal) -> XGBoostSettings {
        var settings = self
        for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            switch name {
            case "rounds", "seed", "threads":
                guard let number = Int(value), number >= (name == "seed" ? 0 : 1) else {
                    throw RunRefusal(.badParameters, "expected a whole number for \(name), found '\(value)'")
                }
                switch name {
                case "rounds": settings.rounds = number
                case "seed": settings.seed = number
                default: settings.threads = number
                }
            default: settings.parameters[name] = value
            }
        }
        return settings
    }
}
