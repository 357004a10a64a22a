import World

/// Sends to the modelled cluster.
public class Producer {
    let settings: ClientSettings
    var report = DeliveryReport()

    var broker: Broker { .current }
    var world: World { .current }

    public init(settings: ClientSettings) throws { self.settings = settings }

    public func send(
        to topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64? = nil, token: Int = 0, deadline: Duration = .seconds(60)
    ) throws {
        guard !world.process.isDead else { throw Broker.gone }
        let target = TopicPartition(topic, partition ?? 0)
        _ = try broker.log(target)
        let offset = broker.append(
            to: target, key: key, value: value, headers: headers,
            timestampMilliseconds: timestampMilliseconds ?? world.now / 1_000_000)
        note(token, target, offset)
    }

    final func note(_ token: Int, _ partition: TopicPartition, _ offset: Int64) {
        report.deliveredCount += 1
        if token != 0 { report.deliveries.append(Delivery(token: token, partition: partition, offset: offset)) }
    }

    public final func poll() {}

    public final func flush(within deadline: Duration = .seconds(60)) throws {
        try broker.request("flushing", within: deadline)
    }

    public final func takeReport() -> DeliveryReport {
        defer { report = DeliveryReport() }
        return report
    }

    public final func takeErrors() -> [KafkaError] { [] }

    @discardableResult
    public final func close(within deadline: Duration = .seconds(10)) -> Bool { true }
}
