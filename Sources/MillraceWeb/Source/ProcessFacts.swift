public import Millrace

/// What the process that serves says of itself.
public struct ProcessFacts: Sendable, Codable, Equatable {
    public struct RoleFact: Sendable, Codable, Equatable {
        public var role: Role
        /// `waiting`, `idle`, `working` or `failing`.
        public var condition: String
        /// What it waits for, works on, or failed with.
        public var detail: String
        public var received: Int
        public var failures: Int

        public init(role: Role, condition: String, detail: String, received: Int, failures: Int) {
            self.role = role
            self.condition = condition
            self.detail = detail
            self.received = received
            self.failures = failures
        }
    }

    public struct IngestFact: Sendable, Codable, Equatable {
        public var records: Int
        public var bytes: Int
        public var budgetBytes: Int
        public var paused: String?

        public init(records: Int, bytes: Int, budgetBytes: Int, paused: String?) {
            self.records = records
            self.bytes = bytes
            self.budgetBytes = budgetBytes
            self.paused = paused
        }
    }

    public var pipeline: String
    public var version: String
    public var instance: String
    public var started: Timestamp
    public var roles: [RoleFact]
    public var ingest: IngestFact?
    /// Of traces, that no collector will be sent; nil without a collector.
    public var droppedSpans: Int?

    public init(
        pipeline: String, version: String, instance: String, started: Timestamp, roles: [RoleFact] = [],
        ingest: IngestFact? = nil, droppedSpans: Int? = nil
    ) {
        self.pipeline = pipeline
        self.version = version
        self.instance = instance
        self.started = started
        self.roles = roles
        self.ingest = ingest
        self.droppedSpans = droppedSpans
    }
}
