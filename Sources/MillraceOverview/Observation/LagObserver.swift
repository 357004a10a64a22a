import MillraceCore

/// Makes observations of what the brokers answer, look by look: a value that remembers.
///
/// A look has two steps. `take` is given the offsets and answers which records' timestamps are worth reading, no more
/// than a bound; `groups` is made of the offsets, of those timestamps, and of all looks before.
public struct LagObserver: Sendable {
    /// Where the first unread record of a partition is looked for.
    public struct Position: Hashable, Sendable {
        public var partition: PartitionID
        public var offset: Int64

        public init(_ partition: PartitionID, _ offset: Int64) {
            self.partition = partition
            self.offset = offset
        }
    }

    /// A record created longer than this before it arrived was replayed or held up on its way.
    static let replayTolerance: Int64 = 60_000_000

    private let probeLimit: Int
    private var ends: [PartitionID: EndHistory] = [:]
    private var histories: [String: GroupHistory] = [:]
    /// What was read lately, for as long as a group stands there.
    private var findings: [Position: RecordFinding] = [:]
    private var sample: ClusterSample?
    /// Which standing the choice among too many positions goes on with.
    private var turn = 0

    /// - Parameter probeLimit: records read in one look. What is not read is interpolated.
    public init(probeLimit: Int = 200) { self.probeLimit = probeLimit }

    /// Takes the offsets of a look.
    /// - Returns: the positions to read; of too many, those whose turn it is.
    public mutating func take(_ sample: ClusterSample) -> [Position] {
        self.sample = sample
        let now = sample.time.microseconds
        // A look without a partition, or without a group, does not say that it is gone.
        ends = ends.filter {
            sample.ends[$0.key] != nil || LagHistory.isKept(since: $0.value.points.last?.time, now: now)
        }
        for (partition, marks) in sample.ends { ends[partition, default: EndHistory()].add(time: now, end: marks.end) }

        // Tens of thousands are looked through, and only those that are chosen are kept.
        var known: [Position: RecordFinding] = [:]
        var (chosen, next) = (Choice(limit: probeLimit), Choice(limit: probeLimit))
        var index = 0
        for group in sample.groups {
            for standing in group.standings {
                defer { index += 1 }
                guard let position = position(of: standing, in: sample) else { continue }
                if let finding = findings[position] {
                    known[position] = finding
                    switch finding {
                    case .record: continue
                    // One that found only markers is looked at again when more has come.
                    case .nothing(let end): if end >= (sample.ends[position.partition]?.end ?? 0) { continue }
                    case .failed: break
                    }
                }
                if index >= turn { chosen.add(position, index) } else { next.add(position, index) }
            }
        }
        findings = known
        // Round and round: after the last the first come.
        for (position, index) in next.positions { chosen.add(position, index) }
        if let last = chosen.positions.last, chosen.isFull { turn = last.index + 1 }
        return chosen.positions.map(\.position)
    }

    /// Positions, each once, and which standing they belong to.
    private struct Choice {
        let limit: Int
        private(set) var positions: [(position: Position, index: Int)] = []
        private var seen: Set<Position> = []

        init(limit: Int) { self.limit = limit }

        var isFull: Bool { positions.count >= limit }

        mutating func add(_ position: Position, _ index: Int) {
            if !isFull, seen.insert(position).inserted { positions.append((position, index)) }
        }
    }

    public mutating func found(_ new: [Position: RecordFinding]) { findings.merge(new) { $1 } }

    private func position(of standing: ClusterSample.Standing, in sample: ClusterSample) -> Position? {
        guard let marks = sample.ends[standing.partition] else { return nil }
        let next = max(standing.committed ?? marks.low, marks.low)
        return next < marks.end ? Position(standing.partition, next) : nil
    }

    func arrival(of position: Position) -> EndHistory.Arrival {
        ends[position.partition]?.arrival(of: position.offset) ?? .notYet
    }

    func finding(at position: Position) -> RecordFinding? { findings[position] }

    /// The groups of the look that was taken; once for each look.
    public mutating func groups() -> [GroupObservation] {
        guard let sample else { return [] }
        defer { self.sample = nil }
        var remembered: [String: GroupHistory] = [:]
        let groups = sample.groups.map { group in
            var history = histories.removeValue(forKey: group.name) ?? GroupHistory()
            history.follow(group.standings.map(\.partition), now: sample.time.microseconds)
            // As large as it will be: what grows leaves holes, group after group.
            var partitions: [PartitionObservation] = []
            partitions.reserveCapacity(group.standings.count)
            for (index, standing) in group.standings.enumerated() {
                if let seen = observe(standing, group, &history.histories[index], sample) { partitions.append(seen) }
            }
            remembered[group.name] = history
            return GroupObservation(
                group: group.name, role: group.role, state: group.state, members: group.members, partitions: partitions)
        }
        histories = histories.filter { LagHistory.isKept(since: $0.value.seen, now: sample.time.microseconds) }
            .merging(remembered) { $1 }
        return groups
    }

    private func observe(
        _ standing: ClusterSample.Standing, _ group: ClusterSample.Group, _ history: inout LagHistory?,
        _ sample: ClusterSample
    ) -> PartitionObservation? {
        guard let marks = sample.ends[standing.partition] else { return nil }
        let now = sample.time.microseconds
        let position = position(of: standing, in: sample)
        var lag = position.map { marks.end - $0.offset } ?? 0
        if let position, case .nothing(let end)? = findings[position], end >= marks.end { lag = 0 }
        if let committed = standing.committed {
            // Deleted and made again, or never there before: nothing remembered is about this log.
            if let known = history?.samples.last, known.end > marks.end { history = nil }
            var seen = history ?? LagHistory(since: now)
            history = nil
            seen.add(
                .init(time: now, offset: committed, end: lag == 0 ? committed : marks.end),
                hasOwner: standing.owner != nil)
            history = seen
        } else {
            history = nil
        }
        let lost = standing.committed.map { max(0, marks.low - $0) } ?? 0
        let produced = ends[standing.partition]?.rate(over: LagHistory.rateSpan)
        let judge = LagJudge(
            group: group, standing: standing, history: history, lag: lag, lost: lost, now: now)
        let verdict = judge.verdict
        let age = lag == 0 ? .zero : age(at: position!, now: now)
        let change = history?.lagChange
        return PartitionObservation(
            topic: standing.partition.topic, partition: standing.partition.number, committed: standing.committed,
            low: marks.low, end: marks.end, lag: lag, age: age, produced: produced, consumed: history?.consumed,
            lagChange: change, trend: change.map { LagTrend(change: $0, lag: lag) },
            catchUp: catchUp(lag: lag, change: change, verdict: verdict), owner: standing.owner,
            burrow: history?.burrow ?? .notFound, verdict: verdict, lost: lost)
    }

    private func catchUp(lag: Int64, change: Double?, verdict: LagVerdict) -> CatchUp {
        if lag == 0 { return .done }
        guard let change else { return .unknown }
        switch LagTrend(change: change, lag: lag) {
        case .shrinking: return .later(seconds: Double(lag) / -change)
        // What comes is read as it comes.
        case .steady where verdict.code == .ok: return .done
        case .steady, .growing: return .never
        }
    }
}
