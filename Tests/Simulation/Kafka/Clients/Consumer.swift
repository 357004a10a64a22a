import World

/// Reads partitions of the modelled cluster, as a member of a group or by itself.
public final class Consumer {
    public let group: String
    let settings: ClientSettings
    let process = World.current.process
    var handler: (any RebalanceHandler)?
    var topics: [String] = []
    var member: GroupState.Member?
    public private(set) var groupMetadata: GroupMetadata?
    private var assigned: Set<TopicPartition> = []
    public private(set) var paused: Set<TopicPartition> = []
    private var positions: [TopicPartition: Int64] = [:]
    /// Where an end was last announced.
    private var announced: [TopicPartition: Int64] = [:]
    private var isClosed = false
    /// The group, as the coordinator keeps it: looked up once, since every change of the cluster asks.
    private lazy var state = broker.group(group)

    var broker: Broker { .current }
    var world: World { .current }

    public init(group: String, settings: ClientSettings) throws {
        self.group = group
        self.settings = settings
    }

    public convenience init(settings: ClientSettings) throws {
        try self.init(group: "\(settings.clientID).reader", settings: settings)
    }

    public func subscribe(to topics: [String], handler: (any RebalanceHandler)?) throws {
        self.topics = topics
        self.handler = handler
        joinAnew()
    }

    private func joinAnew() {
        broker.members += 1
        let id = "\(settings.clientID)-\(String(world.dice.next() >> 40, radix: 16))-\(broker.members)"
        let member = GroupState.Member(
            id: id, process: process, topics: topics, settings: settings, now: world.now)
        self.member = member
        if state.join(member, now: world.now) { broker.note("static member back in its place") }
        broker.tick()
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(10)) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        if let member {
            giveUp(lost: member.isGone)
            // A static member only stays away, and who has no connection cannot say that it leaves.
            if !process.isDead, process.unreachableUntil <= world.now, member.instance == nil {
                state.leave(member, now: world.now)
                broker.tick()
            } else {
                broker.missed(member)
            }
        }
        handler = nil
        return true
    }

    // MARK: Reading

    @discardableResult
    public func poll(into batch: MessageBatch, maximum: Int = .max, timeout: Duration) throws -> Int {
        batch.release()
        let deadline = world.now + timeout.simulatedNanoseconds
        member?.lastPoll = world.now
        while true {
            if process.isDead { throw Broker.gone }
            if process.unreachableUntil <= world.now {
                if try rebalance() { return 0 }
                collect(batch, limit: min(maximum, batch.capacity))
                if !batch.isEmpty || !batch.events.isEmpty {
                    world.sleep(world.dice.within(100_000...2_000_000))
                    if process.isDead { throw Broker.gone }
                    return batch.count
                }
            }
            if world.now >= deadline { return 0 }
            broker.changed.wait(until: deadline) { [unowned self] in hasNews }
        }
    }

    /// Whether a poll would find anything.
    private var hasNews: Bool {
        guard !process.isDead, process.unreachableUntil <= world.now else { return process.isDead }
        if let member {
            if member.isGone || member.generation < state.generation { return true }
            if state.rebalancingSince != nil, !member.hasJoined { return true }
        }
        return assigned.contains { partition in
            guard !paused.contains(partition), let position = positions[partition],
                let log = try? broker.log(partition)
            else { return false }
            return position < log.end(settings.isolation) || position < log.low
        }
    }

    private func collect(_ batch: MessageBatch, limit: Int) {
        var room = min(limit, 1 + world.dice.below(120))
        for partition in assigned.sorted() where !paused.contains(partition) {
            guard let position = positions[partition], let log = try? broker.log(partition) else { continue }
            guard position >= log.low, position <= log.high else {
                positions[partition] = nil
                batch.events.append(
                    .partitionFailed(
                        partition,
                        KafkaError(
                            code: .autoOffsetReset, message: "offset \(position) is out of range", isRetriable: false)))
                continue
            }
            guard room > 0 else { return }
            let (offsets, next) = log.read(from: position, isolation: settings.isolation, limit: room)
            room -= offsets.count
            batch.append(partition, offsets.map { ($0, log.entries[Int($0)].record!) })
            positions[partition] = next
            if next >= log.end(settings.isolation), announced[partition] != next, offsets.isEmpty {
                announced[partition] = next
                batch.events.append(.endOfPartition(partition, offset: next))
            }
        }
    }

    // MARK: Belonging

    /// - Returns: whether anything changed.
    private func rebalance() throws -> Bool {
        guard let member else { return false }
        state.tick(world.now)
        if member.isGone {
            giveUp(lost: true)
            if member.isFenced {
                broker.note("static member fenced")
                throw KafkaError(
                    code: .fencedInstance, message: "another member has come under the same name", isRetriable: false,
                    isFatal: true)
            }
            joinAnew()
            return true
        }
        if state.rebalancingSince != nil {
            guard !member.hasJoined, member.noticesAt <= world.now else { return false }
            giveUp(lost: false)
            guard !process.isDead else { throw Broker.gone }
            if !member.isGone {
                member.lastPoll = world.now
                state.rejoin(member, now: world.now)
            }
            broker.tick()
            return true
        }
        guard member.generation < state.generation else { return false }
        member.generation = state.generation
        try takeOver(
            member.assignment, GroupMetadata(group: self.group, member: member.id, generation: member.generation))
        return true
    }

    private func takeOver(_ partitions: [TopicPartition], _ metadata: GroupMetadata) throws {
        groupMetadata = metadata
        var starts: [TopicPartition: StartPosition] = [:]
        if let handler {
            for start in try handler.assigned(partitions, metadata: metadata) {
                starts[start.partition] = start.position
            }
        }
        member?.lastPoll = world.now
        take(partitions.map { PartitionStart($0, starts[$0] ?? .committed) })
    }

    private func giveUp(lost: Bool) {
        guard !assigned.isEmpty else { return }
        let partitions = assigned.sorted()
        handler?.revoked(partitions, lost: lost)
        assigned = []
        paused = []
        positions = [:]
    }

    public func assign(_ starts: [PartitionStart]) throws { take(starts) }

    private func take(_ starts: [PartitionStart]) {
        assigned = Set(starts.map(\.partition))
        paused = []
        announced = [:]
        for start in starts { positions[start.partition] = resolve(start) }
    }

    private func resolve(_ start: PartitionStart) -> Int64? {
        guard let log = try? broker.log(start.partition) else { return nil }
        switch start.position {
        case .offset(let offset): return offset
        case .beginning: return log.low
        case .end: return log.end(settings.isolation)
        case .committed: return state.committed[start.partition]?.offset
        }
    }

    public var assignment: [TopicPartition] { assigned.sorted() }
    public var isAssignmentLost: Bool { member?.isGone ?? false }
    public var memberID: String? { member?.id }

    public func pause(_ partitions: some Sequence<TopicPartition>) throws {
        paused.formUnion(partitions.filter(assigned.contains))
    }

    public func resume(_ partitions: some Sequence<TopicPartition>) throws { paused.subtract(partitions) }

    public func seek(_ partition: TopicPartition, to position: StartPosition, timeout: Duration = .seconds(10)) throws {
        positions[partition] = resolve(PartitionStart(partition, position))
        announced[partition] = nil
    }

    public func position(_ partition: TopicPartition) -> Int64? { positions[partition] }
}
