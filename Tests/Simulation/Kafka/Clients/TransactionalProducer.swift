import World

/// A producer whose messages and offsets become visible together or not at all.
public final class TransactionalProducer: Producer {
    public let transactionalID: String
    public private(set) var isInTransaction = false
    private var state: TransactionState?
    private var epoch = 0

    public init(transactionalID: String, settings: ClientSettings) throws {
        self.transactionalID = transactionalID
        try super.init(settings: settings)
    }

    public func initialise(within deadline: Duration = .seconds(60)) throws {
        (state, epoch) = try broker.initialise(transactionalID)
    }

    public func begin() throws {
        guard !world.process.isDead else { throw Broker.gone }
        isInTransaction = true
    }

    private func known() throws(KafkaError) -> TransactionState {
        guard let state else {
            throw KafkaError(
                code: .state, message: "transactions are not initialised", isRetriable: false, isFatal: true)
        }
        return state
    }

    public override func send(
        to topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64? = nil, token: Int = 0, deadline: Duration = .seconds(60)
    ) throws {
        let state = try known()
        if world.dice.one(in: 3) || state.phase != .ongoing { try broker.request("sending to \(topic)") }
        guard !world.process.isDead else { throw Broker.gone }
        try broker.enter(state, epoch, timeout: settings.transactionTimeout)
        let target = TopicPartition(topic, partition ?? 0)
        _ = try broker.log(target)
        state.partitions.insert(target)
        let offset = broker.append(
            to: target, key: key, value: value, headers: headers,
            timestampMilliseconds: timestampMilliseconds ?? world.now / 1_000_000, producer: state.producer)
        note(token, target, offset)
    }

    public func sendOffsets(
        _ offsets: [CommittedOffset], metadata: GroupMetadata, within deadline: Duration = .seconds(60)
    ) throws {
        guard !offsets.isEmpty else { return }
        let state = try known()
        try broker.request("adding offsets", within: deadline)
        try broker.enter(state, epoch, timeout: settings.transactionTimeout)
        let group = broker.group(metadata.group)
        group.tick(world.now)
        try group.check(member: metadata.member, generation: metadata.generation)
        for offset in offsets { group.pending[state.producer, default: [:]][offset.partition] = offset }
        state.groups.insert(metadata.group)
        try broker.answer("adding offsets", within: .seconds(5))
    }

    public func commit(within deadline: Duration = .seconds(60)) throws {
        let state = try known()
        world.reach("transaction.open")
        try broker.request("committing", within: deadline)
        try broker.checkEpoch(state, epoch, "committing")
        if state.phase == .ongoing { broker.end(state, isCommit: true) }
        try broker.answer("committing", within: .seconds(5))
        isInTransaction = false
    }

    public func abort(within deadline: Duration = .seconds(60)) throws {
        guard isInTransaction else { return }
        let state = try known()
        try broker.request("aborting", within: deadline)
        try broker.checkEpoch(state, epoch, "aborting")
        if state.phase == .ongoing { broker.end(state, isCommit: false) }
        try broker.answer("aborting", within: .seconds(5))
        isInTransaction = false
    }
}
