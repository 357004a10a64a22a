import World

/// A consumer group as its coordinator keeps it: classic protocol, eager rebalances, range assignment.
final class GroupState {
    final class Member {
        let id: String
        let process: SimulatedProcess
        let topics: [String]
        let settings: ClientSettings
        /// Of a static member: its name over restarts.
        let instance: String?
        var hasJoined = true
        var isGone = false
        /// Another has come under its name.
        var isFenced = false
        var assignment: [TopicPartition] = []
        /// Of the assignment it has been given.
        var generation = -1
        var lastPoll: Int64
        /// Closed without having left: since when its heartbeats are missed.
        var silentSince: Int64?
        var noticesAt: Int64 = 0

        init(id: String, process: SimulatedProcess, topics: [String], settings: ClientSettings, now: Int64) {
            self.id = id
            self.process = process
            self.topics = topics
            self.settings = settings
            instance = settings.groupInstanceID
            lastPoll = now
        }
    }

    let name: String
    private(set) var members: [Member] = []
    private(set) var generation = 0
    /// Since when the members are asked to join again; nil: the group is stable.
    private(set) var rebalancingSince: Int64?
    private(set) var rebalances = 0
    /// Ids of static members whose names others have taken over.
    private var fenced: Set<String> = []
    var committed: [TopicPartition: CommittedOffset] = [:]
    /// Offsets of transactions not ended yet, by producer.
    var pending: [Int: [TopicPartition: CommittedOffset]] = [:]
    /// The topic's number of partitions.
    private let partitionCount: (String) -> Int

    init(_ name: String, partitionCount: @escaping (String) -> Int) {
        self.name = name
        self.partitionCount = partitionCount
    }

    /// - Returns: whether a static member came back to its place: nobody else notices then.
    @discardableResult
    func join(_ member: Member, now: Int64) -> Bool {
        if let place = members.firstIndex(where: { $0.instance != nil && $0.instance == member.instance }) {
            let former = members[place]
            (former.isGone, former.isFenced) = (true, true)
            fenced.insert(former.id)
            members[place] = member
            if rebalancingSince == nil, former.topics == member.topics {
                member.assignment = former.assignment
                return true
            }
            begin(now)
            return false
        }
        members.append(member)
        begin(now)
        return false
    }

    func partitionsChanged(_ topic: String, _ now: Int64) {
        if members.contains(where: { $0.topics.contains(topic) }) { begin(now) }
    }

    func leave(_ member: Member, now: Int64) {
        guard !member.isGone else { return }
        member.isGone = true
        members.removeAll { $0 === member }
        begin(now)
    }

    /// A member has given its partitions up and joins again.
    func rejoin(_ member: Member, now: Int64) {
        member.hasJoined = true
        tick(now)
    }

    private func begin(_ now: Int64) {
        guard rebalancingSince == nil else { return }
        rebalancingSince = now
        for member in members where member.generation >= 0 {
            member.hasJoined = false
            // Told by the answer to its next heartbeat.
            member.noticesAt =
                now + World.current.dice.within(0...member.settings.heartbeatInterval.simulatedNanoseconds)
        }
    }

    /// Takes silent members for dead, and ends a rebalance when all have joined.
    func tick(_ now: Int64) {
        for member in members {
            let limit = member.settings.sessionTimeout.simulatedNanoseconds
            let pollLimit = member.settings.maximumPollInterval.simulatedNanoseconds
            let (process, isLate) = (member.process, now - member.lastPoll >= pollLimit)
            let silences = [member.silentSince, process.silentSince, process.unreachableSince]
            let isMissed = silences.contains { $0.map { now - $0 >= limit } ?? false }
            if isMissed || isLate { leave(member, now: now) }
        }
        guard rebalancingSince != nil, members.allSatisfy(\.hasJoined) else { return }
        rebalancingSince = nil
        generation += 1
        rebalances += 1
        assign()
    }

    private func assign() {
        let sorted = members.sorted { $0.instance ?? $0.id < $1.instance ?? $1.id }
        for member in sorted { member.assignment = [] }
        for topic in Set(sorted.flatMap(\.topics)).sorted() {
            let readers = sorted.filter { $0.topics.contains(topic) }
            let count = partitionCount(topic)
            let (share, rest) = (count / readers.count, count % readers.count)
            var next = 0
            for (index, reader) in readers.enumerated() {
                let end = next + share + (index < rest ? 1 : 0)
                reader.assignment += (next..<end).map { TopicPartition(topic, Int32($0)) }
                next = end
            }
        }
    }

    /// Whether offsets may be committed under a membership.
    func check(member id: String, generation: Int) throws(KafkaError) {
        if fenced.contains(id) {
            throw KafkaError(
                code: .fencedInstance, message: "another member has come under the same name", isRetriable: false,
                isFatal: true)
        }
        guard members.contains(where: { $0.id == id }) else {
            throw KafkaError(
                code: .unknownMember, message: "the coordinator is not aware of the member", isRetriable: false,
                needsAbort: true)
        }
        guard generation == self.generation else {
            throw KafkaError(
                code: .illegalGeneration, message: "the generation is another by now", isRetriable: false,
                needsAbort: true)
        }
    }
}
