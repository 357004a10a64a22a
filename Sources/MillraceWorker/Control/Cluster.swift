import Kafka
public import Millrace

/// How a pipeline's roles reach its brokers.
public struct Cluster: Sendable {
    public var pipeline: String
    public var brokers: String
    public var hasTransactions: Bool
    public var isEmbedded: Bool
    private var kafka: KafkaSettings
    private let log: Log?
    /// Where the spans of committed messages go.
    var tracer: Tracer?
    let traceSample: Double

    /// - Parameter address: of the embedded broker, when the pipeline has one.
    public init(_ pipeline: Pipeline, address: String? = nil, log: Log? = nil) {
        self.pipeline = pipeline.name
        kafka = pipeline.kafka
        isEmbedded = pipeline.kafka.isEmbedded
        brokers = isEmbedded ? address ?? "" : pipeline.kafka.brokers
        hasTransactions =
            switch pipeline.kafka.transactions {
            case .always: true
            case .never: false
            case .automatic: !isEmbedded
            }
        self.log = log
        traceSample = pipeline.tracing.sample
    }

    /// The settings of one client. The library's own warnings go to the log.
    func settings(for client: String) -> ClientSettings {
        var settings = ClientSettings(brokers: brokers, clientID: "millrace.\(pipeline).\(client)")
        settings.properties = kafka.client
        // A successor of a killed process waits that long for its partitions. Heartbeats come from a thread of the
        // library's, so work that takes longer does not matter.
        settings.sessionTimeout = .seconds(10)
        if isEmbedded {
            // Its brokers do not wake a fetch when data arrive, and keep little.
            settings.fetchWait = .milliseconds(10)
            settings.sessionTimeout = .seconds(6)
            settings.heartbeatInterval = .milliseconds(500)
            settings.batchBytes = 256 << 10
            settings.linger = .milliseconds(1)
        }
        if let log {
            settings.log = .init { level, facility, message in
                log.log(
                    level <= 3 ? .warning : .debug, "kafka", "the client library says",
                    ["facility": facility, "client": client, "detail": message])
            }
        }
        return settings
    }

    /// Settings of a reader of control topics: little at a time, and soon.
    func controlSettings(for client: String) -> ClientSettings {
        var settings = settings(for: client)
        settings.fetchWait = .milliseconds(20)
        settings.linger = .zero
        settings.queuedKibibytes = 4096
        return settings
    }

    /// How a process of a role belongs to the role's group: by its name, or by whatever the brokers give it. The
    /// embedded broker knows no static members.
    func groupInstance(of role: Role, instance: String) -> String? {
        kafka.staticMembership && !isEmbedded ? "\(role.rawValue).\(instance)" : nil
    }

    func outbox(for role: Role, instance: String) throws -> any Outbox {
        let settings = controlSettings(for: role.rawValue)
        guard hasTransactions else { return try PlainOutbox(settings: settings) }
        return try TransactionalOutbox(
            role: role, transactionalID: "millrace.\(pipeline).\(role.rawValue).\(instance)", settings: settings)
    }
}
