internal import Crdkafka
internal import Glibc

/// A cluster inside this process: the library's own mock brokers, reached over loopback by any process.
///
/// For trying things out, demonstrations and tests, without Java. It keeps at most **5 MiB and 100,000 batches of a
/// partition**; older data vanishes silently (watch the low watermark, and keep batches small: two of 4 MB make both
/// unreadable). It has no transactions (open and aborted data are visible), no creation of topics by API, no listing of
/// groups, no offsets for times, no TLS. The first member of a group waits up to three seconds for its partitions.
///
/// `@unchecked Sendable`: the library's mock calls are thread-safe operations on the cluster's own thread.
public final class EmbeddedCluster: @unchecked Sendable {
    /// What a partition can hold.
    public static let bytesPerPartition = 5 << 20
    public static let batchesPerPartition = 100_000

    let handle: Handle
    private let cluster: OpaquePointer
    /// The brokers' addresses, `127.0.0.1:port,…`.
    public let brokers: String

    public init(brokerCount: Int = 1) throws {
        let context = HandleContext(log: nil)
        handle = try Handle(
            RD_KAFKA_PRODUCER, [("client.id", "embedded"), ("bootstrap.servers", "127.0.0.1:1")], context: context)
        guard let cluster = rd_kafka_mock_cluster_new(handle.pointer, Int32(brokerCount)) else {
            throw KafkaError(code: .fail, message: "the embedded cluster could not start")
        }
        self.cluster = cluster
        brokers = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        setInitialRebalanceDelay(.zero)
    }

    /// Settings for clients of this cluster: short waits, since its brokers do not wake a fetch when data arrive.
    public func settings(clientID: String = "millrace") -> ClientSettings {
        var settings = ClientSettings(brokers: brokers, clientID: clientID)
        settings.fetchWait = .milliseconds(10)
        settings.sessionTimeout = .seconds(6)
        settings.heartbeatInterval = .milliseconds(500)
        // Within what a partition can hold, several batches at once.
        settings.batchBytes = 256 << 10
        settings.linger = .milliseconds(1)
        return settings
    }

    public func createTopic(_ topic: String, partitions: Int) throws {
        try KafkaError.check(
            rd_kafka_mock_topic_create(cluster, topic, Int32(partitions), 1), "creating embedded topic \(topic)")
    }

    /// Makes the next requests of a kind fail, one error a request, before they succeed again.
    ///
    /// - Parameter request: Kafka's API key: 0 Produce, 1 Fetch, 2 ListOffsets, 3 Metadata, 8 OffsetCommit,
    ///   9 OffsetFetch, 11 JoinGroup, 12 Heartbeat, 14 SyncGroup, 22 InitProducerId …
    public func failNext(request: Int16, with errors: [KafkaError.Code]) {
        let codes = errors.map(\.library)
        rd_kafka_mock_push_request_errors_array(cluster, request, codes.count, codes)
    }

    /// Forgets failures not used up.
    public func clearFailures(request: Int16) { rd_kafka_mock_clear_request_errors(cluster, request) }

    /// Makes every answer about a topic an error, until it is set to `.none`.
    public func setError(_ error: KafkaError.Code, topic: String) {
        rd_kafka_mock_topic_set_error(cluster, topic, error.library)
    }

    /// Takes a broker (numbered from 1) off the network.
    public func takeDown(broker: Int) throws {
        try KafkaError.check(rd_kafka_mock_broker_set_down(cluster, Int32(broker)), "taking broker \(broker) down")
    }

    public func bringUp(broker: Int) throws {
        try KafkaError.check(rd_kafka_mock_broker_set_up(cluster, Int32(broker)), "bringing broker \(broker) up")
    }

    /// Delays every answer of a broker.
    public func setRoundTrip(_ time: Duration, broker: Int) throws {
        try KafkaError.check(
            rd_kafka_mock_broker_set_rtt(cluster, Int32(broker), Int32(time.wholeMilliseconds)),
            "slowing broker \(broker) down")
    }

    public func setLeader(_ partition: TopicPartition, broker: Int) throws {
        try KafkaError.check(
            rd_kafka_mock_partition_set_leader(cluster, partition.topic, partition.partition, Int32(broker)),
            "moving \(partition) to broker \(broker)")
    }

    /// Stops the brokers. Clients must have been closed before.
    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool {
        guard !handle.isDestroyed else { return true }
        rd_kafka_mock_cluster_destroy(cluster)
        return handle.destroy(within: deadline)
    }

    deinit {
        if !handle.isDestroyed { rd_kafka_mock_cluster_destroy(cluster) }
    }

    /// Newer libraries let a group's first assignment come at once; with an older one it takes three seconds.
    private func setInitialRebalanceDelay(_ delay: Duration) {
        typealias Function = @convention(c) (OpaquePointer, Int32) -> Void
        guard let symbol = dlsym(nil, "rd_kafka_mock_group_initial_rebalance_delay_ms") else { return }
        unsafeBitCast(symbol, to: Function.self)(cluster, Int32(delay.wholeMilliseconds))
    }
}
