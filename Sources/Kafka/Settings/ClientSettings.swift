/// How a client reaches a cluster, and the few settings that the worker has an opinion about.
///
/// Everything else that librdkafka knows goes into `properties`, by its own name (`security.protocol`, `sasl.*`,
/// `ssl.*`); a property given there wins over a typed setting. `description` never shows a secret.
public struct ClientSettings: Sendable, Equatable {
    public enum Isolation: String, Sendable {
        case readCommitted = "read_committed"
        case readUncommitted = "read_uncommitted"
    }

    /// `host:port` addresses to find the cluster by, separated by commas.
    public var brokers: String
    /// How brokers and lag tools name this client.
    public var clientID: String

    // Consumers.
    public var isolation = Isolation.readCommitted
    /// A member silent for that long is taken for dead.
    public var sessionTimeout = Duration.seconds(45)
    public var heartbeatInterval = Duration.seconds(3)
    /// A member which does not poll for that long gives up its partitions.
    public var maximumPollInterval = Duration.seconds(300)
    /// Static membership, so that a restart does not rebalance the group.
    public var groupInstanceID: String?
    /// `range` gives partition i of every topic to one member, which control topics need.
    public var assignor = "range"
    /// How long a broker may hold a fetch that has nothing to return.
    public var fetchWait = Duration.milliseconds(100)
    /// Bytes fetched of one partition at a time.
    public var fetchBytes: Int
    /// Kibibytes of fetched messages kept ahead of the reader: the largest piece of a consumer's memory.
    public var queuedKibibytes: Int
    /// How long the fetcher rests when that queue is full; ignored by a library older than 2.3, which rests a second.
    public var fetchQueueBackoff = Duration.milliseconds(2)

    // Producers.
    /// How long to wait for more messages before sending a batch.
    public var linger = Duration.milliseconds(5)
    /// `none`, `gzip`, `snappy`, `lz4` or `zstd`.
    public var compression = "lz4"
    /// Bytes of one batch.
    public var batchBytes = 1_000_000
    /// A message not acknowledged by then has failed.
    public var deliveryTimeout = Duration.seconds(120)
    /// A transaction left open for that long is aborted by the broker.
    public var transactionTimeout = Duration.seconds(60)
    /// The wait before a request is made again. Five milliseconds rather than the library's hundred: after each commit
    /// the coordinator refuses the next transaction until its markers are written, and the client waits this long.
    public var retryBackoff = Duration.milliseconds(5)

    // All.
    public var requestTimeout = Duration.seconds(30)
    /// How often partitions added to a topic are looked for.
    public var metadataRefresh = Duration.seconds(60)

    /// Further properties, by librdkafka's names.
    public var properties: [String: String] = [:]

    /// Receives what the library has to say; nothing is logged without it. Called from the library's own threads.
    public var log: Log?

    /// - Parameters:
    ///   - brokers: `host:port` addresses, separated by commas.
    ///   - clientID: a name for this client, shown by brokers and lag tools.
    public init(brokers: String, clientID: String = "millrace") {
        self.brokers = brokers
        self.clientID = clientID
        // Without a settable backoff a full queue stalls the fetcher for up to a second, so that an old library needs
        // room for a second's worth of messages.
        let backsOff = LibraryVersion.running.fetchQueueBackoff
        fetchBytes = backsOff ? 1 << 20 : 4 << 20
        queuedKibibytes = backsOff ? 16_384 : 65_536
    }
}

extension ClientSettings {
    /// A receiver of the library's log lines.
    public struct Log: Sendable, Equatable {
        /// Called with syslog's level (0 emergency … 7 debug), the library's facility and its message.
        public let receive: @Sendable (_ level: Int, _ facility: String, _ message: String) -> Void

        public init(_ receive: @escaping @Sendable (_ level: Int, _ facility: String, _ message: String) -> Void) {
            self.receive = receive
        }

        /// Receivers do not make settings differ.
        public static func == (_: Log, _: Log) -> Bool { true }
    }
}

extension ClientSettings: CustomStringConvertible {
    public var description: String {
        let further = properties.sorted { $0.key < $1.key }.map { name, value in
            "\(name)=\(Self.isSecret(name) ? "[redacted]" : value)"
        }
        return (["brokers=\(brokers)", "client.id=\(clientID)"] + further).joined(separator: " ")
    }

    /// Whether a property's value must never be shown.
    public static func isSecret(_ property: String) -> Bool {
        let name = property.lowercased()
        return ["password", "secret", "token", "jaas", "credential", "passphrase"].contains { name.contains($0) }
            || name.hasSuffix(".pem") || name == "sasl.oauthbearer.config"
    }
}

extension ClientSettings: CustomDebugStringConvertible, CustomReflectable {
    public var debugDescription: String { description }
    // `dump` and string interpolation of an optional go through the mirror, which would show the secrets.
    public var customMirror: Mirror { Mirror(self, children: ["settings": description]) }
}
