import Dispatch
public import World

/// A small model of a Kafka cluster, as far as the worker can tell it from one: partitions with markers and retention,
/// groups with generations, transactions with fencing, and the ways in which an answer can fail to come.
///
/// `@unchecked Sendable`: it lives in a world in which one thread runs at a time.
public final class Broker: @unchecked Sendable {
    nonisolated(unsafe) public static var current = Broker()

    public internal(set) var topics: [String: [PartitionLog]] = [:]
    var groups: [String: GroupState] = [:]
    var transactions: [String: TransactionState] = [:]
    /// Producers whose transaction is decided upon, while its markers are still on their way.
    public internal(set) var committing: Set<Int> = []
    let changed = Crowd()
    var members = 0
    /// Every offset that a group committed, in order: for the checks.
    public private(set) var commits: [(group: String, offset: CommittedOffset, time: Int64)] = []
    /// Answers to the next requests of a kind that do not come, though the request is carried out: by process name.
    public var lostAnswers: [String: Int] = [:]
    /// Called when an answer is lost, with how long it is waited for (ns).
    public var onLostAnswer: ((Int64) -> Void)?
    /// What has gone wrong, by its name, how often.
    public private(set) var faults: [String: Int] = [:]

    public init() {}

    var world: World { World.current }

    func note(_ fault: String) { faults[fault, default: 0] += 1 }

    /// What the dead are told.
    static let gone = KafkaError(code: .destroyed, message: "the process is dead", isRetriable: false, isFatal: true)

    /// A round trip to the brokers: the caller waits, and others go on. Without a connection it waits for one, at most
    /// until its time is up.
    func request(_ action: String, within limit: Duration = .seconds(60)) throws {
        let begin = world.now
        let latency =
            world.dice.one(in: 50)
            ? world.dice.within(20_000_000...200_000_000)
            : world.dice.within(200_000...3_000_000)
        world.sleep(latency)
        while !world.process.isDead, world.process.unreachableUntil > world.now {
            note("request without a connection")
            let end = min(world.process.unreachableUntil, begin + limit.simulatedNanoseconds)
            guard end > world.now else {
                throw KafkaError(code: .transport, message: "\(action): no connection", isRetriable: true)
            }
            world.sleep(end - world.now)
            if world.now >= begin + limit.simulatedNanoseconds, world.process.unreachableUntil > world.now {
                throw KafkaError(code: .transport, message: "\(action): no connection", isRetriable: true)
            }
        }
        if world.process.isDead { throw Self.gone }
    }

    /// The way back of an answer. A lost one leaves the caller waiting until its time is up, not knowing.
    func answer(_ action: String, within limit: Duration = .seconds(60)) throws {
        if let left = lostAnswers[world.process.name], left > 0 {
            lostAnswers[world.process.name] = left - 1
            note("answer lost")
            world.tell("\(world.process.name): the answer to '\(action)' is lost")
            onLostAnswer?(limit.simulatedNanoseconds)
            world.sleep(limit.simulatedNanoseconds)
            if world.process.isDead { throw Self.gone }
            throw KafkaError(code: .localTimedOut, message: "\(action): no answer", isRetriable: true)
        }
        world.sleep(world.dice.within(100_000...1_000_000))
        if world.process.isDead { throw Self.gone }
    }

    // MARK: Topics

    public func createTopic(_ name: String, partitions: Int) {
        guard topics[name] == nil else { return }
        topics[name] = Array(repeating: PartitionLog(), count: partitions)
    }

    /// Members of groups find new partitions when they next look.
    public func addPartitions(to topic: String, count: Int) {
        topics[topic]?.append(contentsOf: Array(repeating: PartitionLog(), count: count))
        world.after(world.dice.within(500_000_000...20_000_000_000)) { [self] in
            for group in groups.values.sorted(by: { $0.name < $1.name }) { group.partitionsChanged(topic, world.now) }
            tick()
        }
    }

    func log(_ partition: TopicPartition) throws(KafkaError) -> PartitionLog {
        guard let logs = topics[partition.topic], logs.indices.contains(Int(partition.partition)) else {
            throw KafkaError(
                code: .localUnknownPartition, message: "there is no \(partition)", isRetriable: false)
        }
        return logs[Int(partition.partition)]
    }

    /// Appends as the leader does; the scenario's producers call it directly.
    @discardableResult
    public func append(
        to partition: TopicPartition, key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64, producer: Int? = nil
    ) -> Int64 {
        let record = StoredRecord(
            key: key.map { StoredBytes($0) }, value: value.map { StoredBytes($0) }, headers: headers,
            timestampMilliseconds: timestampMilliseconds)
        defer { changed.wakeThoseReady() }
        return topics[partition.topic]![Int(partition.partition)].append(
            record, producer: producer, at: world.now, sender: world.process.name)
    }

    /// The marker of a transaction of the scenario's own producers.
    public func mark(_ partition: TopicPartition, producer: Int, isCommit: Bool) {
        topics[partition.topic]![Int(partition.partition)].mark(producer: producer, isCommit: isCommit, at: world.now)
        changed.wakeThoseReady()
    }

    public func removeRecords(of partition: TopicPartition, below offset: Int64) {
        note("records removed by retention")
        topics[partition.topic]![Int(partition.partition)].removeRecords(below: offset)
    }

    // MARK: Groups

    func group(_ name: String) -> GroupState {
        if let known = groups[name] { return known }
        let group = GroupState(name) { [unowned self] topic in topics[topic]?.count ?? 0 }
        groups[name] = group
        return group
    }

    public func committed(_ name: String) -> [TopicPartition: CommittedOffset] { groups[name]?.committed ?? [:] }
    public var rebalances: Int { groups.values.reduce(0) { $0 + $1.rebalances } }

    func note(_ offset: CommittedOffset, of group: String) { commits.append((group, offset, world.now)) }

    /// A process has died or stopped: its members are missed after their session timeouts.
    public func missed(_ process: SimulatedProcess) {
        world.after(10_100_000_000) { [self] in tick() }
    }

    /// A member is closed that has not left: its heartbeats end, and the coordinator waits for them until its session
    /// timeout.
    func missed(_ member: GroupState.Member) {
        member.silentSince = member.process.unreachableSince ?? world.now
        world.after(member.settings.sessionTimeout.simulatedNanoseconds) { [self] in tick() }
    }

    public func tick() {
        for group in groups.values.sorted(by: { $0.name < $1.name }) { group.tick(world.now) }
        changed.wakeThoseReady()
    }
}

extension Duration {
    public var simulatedNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
