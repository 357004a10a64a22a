import Foundation
public import Kafka
public import Millrace

/// Asks the brokers for what a `LagObserver` wants to know: few requests, whatever the number of partitions.
///
/// Blocking; one thread uses a sampler. `close` when done.
public final class LagSampler {
    /// A group to look at.
    public struct Watch: Sendable {
        public var group: String
        public var role: Role?
        /// What it reads; nil for what it has committed and what its members hold.
        public var topics: [String]?
        /// Why it may rightly stand still at the moment.
        public var excuse: String?

        public init(group: String, role: Role? = nil, topics: [String]? = nil, excuse: String? = nil) {
            self.group = group
            self.role = role
            self.topics = topics
            self.excuse = excuse
        }
    }

    private let admin: Admin
    private let probe: RecordProbe
    private let timeout: Duration
    /// Groups that could not be read in the last look, or not wholly, with the reason.
    public private(set) var trouble: [String] = []
    private var isTroublePassing = false

    /// - Parameter timeout: for each step.
    public init(settings: ClientSettings, timeout: Duration = .seconds(10)) throws {
        admin = try Admin(settings: settings)
        probe = try RecordProbe(settings: settings)
        self.timeout = timeout
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(2)) -> Bool {
        let isProbeClosed = probe.close(within: deadline)
        return admin.close(within: deadline) && isProbeClosed
    }

    /// All groups of the cluster that consume.
    public func allGroups() throws -> [Watch] {
        try admin.listGroups(timeout: timeout).map { Watch(group: $0.group) }
    }

    /// The groups' offsets, and then the ends of what they read: in this order, so that no group is seen beyond an end.
    ///
    /// A group that cannot be read is left out and named in `trouble`.
    /// - Parameter patience: how long to try again while groups fail for a reason that passes: a coordinator that has
    ///   just moved, or is being made for a group's first member, answers in a moment.
    /// - Throws: `KafkaError` when nothing could be read at all.
    public func look(_ watches: [Watch], patience: Duration = .zero) throws -> ClusterSample {
        let end = ContinuousClock.now + patience
        while true {
            do {
                let sample = try lookOnce(watches)
                guard isTroublePassing, ContinuousClock.now < end else { return sample }
            } catch let error as KafkaError where error.isRetriable && error.code != .localTimedOut {
                guard ContinuousClock.now < end else { throw error }
            }
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    private func lookOnce(_ watches: [Watch]) throws -> ClusterSample {
        trouble = []
        isTroublePassing = false
        var readable: [String: [TopicPartition]] = [:]
        var leaderless: [String: [Int32]] = [:]
        for topic in try admin.listTopics(timeout: timeout) {
            let without = Set(topic.leaderlessPartitions)
            readable[topic.name] = (0..<Int32(topic.partitionCount)).filter { !without.contains($0) }.map {
                TopicPartition(topic.name, $0)
            }
            if !without.isEmpty { leaderless[topic.name] = without.sorted() }
        }
        let descriptions = try describe(watches)
        var failure: KafkaError?
        var groups: [ClusterSample.Group] = []
        var asked: Set<TopicPartition> = []
        for watch in watches {
            do {
                let description = try descriptions?[watch.group]?.get()
                let group = try standings(of: watch, description, readable)
                groups.append(group)
                for standing in group.standings { asked.insert(TopicPartition(standing.partition)) }
                // Nobody knows their ends now; another broker mostly leads them in a moment.
                for topic in watch.topics ?? [] {
                    guard let partitions = leaderless[topic] else { continue }
                    isTroublePassing = true
                    trouble.append("\(watch.group): no leader for partitions \(partitions) of \(topic)")
                }
            } catch let error as KafkaError {
                failure = error
                isTroublePassing = isTroublePassing || error.isRetriable
                trouble.append("\(watch.group): \(error)")
            }
        }
        if groups.isEmpty, let failure { throw failure }
        var ends: [PartitionID: ClusterSample.Ends] = [:]
        for (partition, marks) in try admin.watermarks(Array(asked), timeout: timeout) {
            ends[PartitionID(partition)] = ClusterSample.Ends(low: marks.low, end: marks.high)
        }
        return ClusterSample(time: .now, ends: ends, groups: groups)
    }

    private func describe(_ watches: [Watch]) throws -> [String: Result<GroupDescription, KafkaError>]? {
        do {
            return try admin.describeGroups(watches.map(\.group), timeout: timeout)
        } catch let error as KafkaError where error.code == .unsupportedFeature {
            return nil
        }
    }

    private func standings(
        of watch: Watch, _ description: GroupDescription?, _ readable: [String: [TopicPartition]]
    ) throws -> ClusterSample.Group {
        var owners: [TopicPartition: PartitionObservation.Owner] = [:]
        for member in description?.members ?? [] {
            let owner = PartitionObservation.Owner(
                consumerID: member.id, host: member.host, clientID: member.clientID)
            for partition in member.partitions { owners[partition] = owner }
        }
        let partitions = watch.topics?.flatMap { readable[$0] ?? [] }
        let committed = try admin.committedOffsets(
            of: watch.group, partitions: partitions ?? readable.values.flatMap { $0 }, timeout: timeout)
        let all =
            partitions ?? Set(committed.keys).union(owners.keys).filter { readable[$0.topic]?.contains($0) ?? false }
        return ClusterSample.Group(
            name: watch.group, role: watch.role, state: description?.state ?? "Unknown",
            members: description?.members.count ?? 0,
            standings: all.sorted().map {
                .init(PartitionID($0), committed: committed[$0]?.offset, owner: owners[$0])
            }, excuse: watch.excuse)
    }

    /// Reads records at positions. What was not found in time is not in the answer.
    public func read(
        _ positions: [LagObserver.Position], timeout: Duration = .seconds(5)
    ) throws -> [LagObserver.Position: RecordFinding] {
        var found: [LagObserver.Position: RecordFinding] = [:]
        let deadline = ContinuousClock.now + timeout
        var rest = positions
        // Groups stand at different places of a partition: one place at a time.
        while !rest.isEmpty, ContinuousClock.now < deadline {
            var offsets: [TopicPartition: Int64] = [:]
            var later: [LagObserver.Position] = []
            for position in rest {
                let partition = TopicPartition(position.partition)
                if offsets[partition] == nil { offsets[partition] = position.offset } else { later.append(position) }
            }
            for (partition, finding) in try probe.look(at: offsets, timeout: deadline - .now) {
                found[.init(PartitionID(partition), offsets[partition]!)] = RecordFinding(finding)
            }
            rest = later
        }
        return found
    }
}

extension LagObserver {
    /// One whole look: offsets, the records worth reading, and what they come to.
    public mutating func observe(
        _ watches: [LagSampler.Watch], with sampler: LagSampler, patience: Duration = .zero
    ) throws -> [GroupObservation] {
        let sample = try sampler.look(watches, patience: patience)
        found(try sampler.read(take(sample)))
        return groups()
    }
}

extension PartitionID {
    init(_ partition: TopicPartition) { self.init(partition.topic, partition.partition) }
}

extension TopicPartition {
    init(_ partition: PartitionID) { self.init(partition.topic, partition.number) }
}

extension RecordFinding {
    init(_ finding: RecordProbe.Finding) {
        self =
            switch finding {
            case .record(let milliseconds, let isAppendTime):
                .record(
                    timestamp: milliseconds.flatMap { Timestamp(milliseconds: $0) }, isAppendTime: isAppendTime)
            case .nothing(let end): .nothing(end: end)
            case .failed(let error): .failed("the first unread record cannot be read: \(error)")
            }
    }
}
