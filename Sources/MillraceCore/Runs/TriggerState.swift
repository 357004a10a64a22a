/// All that the trigger machine remembers, beside the catalog of datasets. Every decision carries it.
public struct TriggerState: Codable, Sendable, Equatable {
    /// How far a declared trigger has come. Found again by `key`, so that triggers can be added and edited.
    public struct Progress: Codable, Sendable, Equatable {
        public var key: String
        /// The newest grid moment or schedule entry that has been dealt with.
        public var through: Timestamp?
        /// Windows, events or labels since it last fired.
        public var count: Int
        public init(key: String, through: Timestamp? = nil, count: Int = 0) {
            self.key = key
            self.through = through
            self.count = count
        }
    }

    /// The run under way: from `run.started` until a release, a refusal or a failure.
    public struct OpenRun: Codable, Sendable, Equatable {
        public var run: String
        public var attempt: Int
        public init(run: String, attempt: Int) {
            self.run = run
            self.attempt = attempt
        }
    }

    /// A run that waits for the one under way.
    public struct Pending: Codable, Sendable, Equatable {
        public var run: String
        public var trigger: RunTrigger
        /// For a request.
        public var request: RetrainRequested?
        public init(run: String, trigger: RunTrigger, request: RetrainRequested?) {
            self.run = run
            self.trigger = trigger
            self.request = request
        }
        package var isPlain: Bool { request?.isPlain ?? true }
    }

    /// The next offset to read of each input; everything before has been taken into account.
    public var datasetsOffset: Int64 = 0
    public var retrainOffset: Int64 = 0
    /// Start of the first and end of the newest window that has a dataset.
    public var first: Timestamp?
    public var through: Timestamp?
    public var triggers: [Progress] = []
    public var open: OpenRun?
    public var pending: [Pending] = []

    public init() {}
}
