/// Everything one pipeline file declares, typed and validated. Made by `PipelineFile`; a value from then on.
public struct Pipeline: Sendable, Equatable {
    /// Names topics, groups and folders: lower-case letters, digits, `-`; begins with a letter; 1 to 40 characters.
    public var name: String
    public var kafka: KafkaSettings
    /// IANA name; governs calendar features, metric days, cron and texts without a zone.
    public var timeZone: String
    public var start: StartPosition
    /// The folder of slices, datasets, labels, state and runs. It comes from the log, and comes out of it again under
    /// another pipeline name; what is lost of it while the pipeline goes on stays lost.
    public var folder: String
    /// Memory for open windows, in bytes; beyond it partitions are paused.
    public var memoryBytes: Int
    public var retention: Retention
    /// What ingest does about records that are gone before it has read them.
    public var lostRecords = LostRecordsPolicy.record
    public var events: EventSource
    public var labels: LabelSource?
    public var windows: WindowSettings
    public var features: [FeatureDeclaration]
    public var rules: [ValidationRule]
    public var deadLetters: DeadLetterSettings
    public var triggers: [Trigger]
    public var training: TrainingSettings
    public var gate: GateSettings
    public var registry: RegistrySettings
    public var log = LogSettings()
    public var tracing = TracingSettings()
    public var alerts = AlertSettings()
    public var observe: ObserveSettings
    public var http = HTTPSettings()

    /// All topics whose events and labels are read.
    public var sourceTopics: [String] { events.topics + (labels?.topics ?? []) }

    public init(
        name: String, kafka: KafkaSettings = .init(), timeZone: String = "UTC", start: StartPosition = .earliest,
        folder: String, memoryBytes: Int = 64 << 20, retention: Retention = .init(), events: EventSource,
        labels: LabelSource? = nil, windows: WindowSettings = .init(), features: [FeatureDeclaration] = [],
        rules: [ValidationRule] = [], deadLetters: DeadLetterSettings = .init(), triggers: [Trigger] = [],
        training: TrainingSettings = .init(), gate: GateSettings = .init(), registry: RegistrySettings,
        observe: ObserveSettings = .init()
    ) {
        self.name = name
        self.kafka = kafka
        self.timeZone = timeZone
        self.start = start
        self.folder = folder
        self.memoryBytes = memoryBytes
        self.retention = retention
        self.events = events
        self.labels = labels
        self.windows = windows
        self.features = features
        self.rules = rules
        self.deadLetters = deadLetters
        self.triggers = triggers
        self.training = training
        self.gate = gate
        self.registry = registry
        self.observe = observe
    }
}

/// How to reach the brokers.
public struct KafkaSettings: Sendable, Equatable {
    /// Whether outputs and input offsets go in one transaction; `automatic` asks the broker (the embedded one has none).
    public enum Transactions: String, Sendable, CaseIterable { case automatic, always, never }

    /// `host:port,…`, or `embedded` for a broker inside `millrace run`.
    public var brokers: String = "localhost:9092"
    public var transactions: Transactions = .automatic
    public var replicationFactor: Int?
    /// Whether processes are static members of their groups, each by its instance name: one that is back within the
    /// session finds its partitions as they were, and one that goes for good is missed only when its session ends.
    public var staticMembership = false
    /// Settings handed to librdkafka as they are (`security.protocol`, `sasl.*`, `ssl.*`, …).
    public var client: [String: String] = [:]

    public init() {}
    public var isEmbedded: Bool { brokers == "embedded" }
}

/// Where a new pipeline begins to read its sources.
public enum StartPosition: Sendable, Equatable {
    case earliest, latest
    case at(Timestamp)
}

/// What happens when a topic's retention has removed records that were not read yet, or that open windows need again.
public enum LostRecordsPolicy: String, Sendable, CaseIterable {
    /// It is recorded in ledgers, datasets and lineage, and the work goes on.
    case record
    /// Ingest does not go on.
    case fail
}

/// How long each kind of artifact is kept, in event time. Inputs of the champion and of its predecessor stay.
public struct Retention: Sendable, Equatable {
    public var slices: Duration = .seconds(60 * 86_400)
    public var datasets: Duration = .seconds(400 * 86_400)
    /// Newest versions kept, beside the champion and its predecessor.
    public var models: Int = 50
    public var deadLetters: Duration = .seconds(30 * 86_400)
    public init() {}
}

public struct WindowSettings: Sendable, Equatable {
    public var size: Duration = .seconds(86_400)
    /// How far an event may lag behind the newest of its partition and still be taken into its window.
    public var lateness: Duration = .seconds(3600)
    /// Wall-clock time at the end of a partition after which it no longer holds the others back.
    public var idle: Duration = .seconds(60)
    /// A jump of the watermark beyond this waits until further records confirm it.
    public var maximumJump: Duration = .seconds(7 * 86_400)
    public init() {}
}

public struct DeadLetterSettings: Sendable, Equatable {
    public enum Payload: String, Sendable, CaseIterable { case full, reference }
    public var payload: Payload = .full
    /// Share of a batch (of at least `stopMinimum` records) that cannot be read, beyond which ingest pauses.
    public var stopShare: Double = 0.5
    public var stopMinimum: Int = 100
    public init() {}
}

public struct RegistrySettings: Sendable, Equatable {
    public var path: String
    public var model: String?
    public init(path: String, model: String? = nil) {
        self.path = path
        self.model = model
    }
}

/// How the role `observe` looks at groups and topics.
public struct ObserveSettings: Sendable, Equatable {
    /// Between two looks.
    public var interval: Duration = .seconds(10)
    public init() {}
}
