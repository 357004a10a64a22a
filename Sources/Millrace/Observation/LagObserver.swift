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
    private var histories: [String: [PartitionID: LagHistory]] = [:]
    /// What was read lately, for as long as a group stands there.
    private var findings: [Position: RecordFinding] = [:]
    private var sample: ClusterSample?
    /// Where the choice among too many positions goes on.
    private var turn = 0

    /// - Parameter probeLimit: records read in one look. What is not read is interpolated.
    public init(probeLimit: Int = 200) { self.probeLimit = probeLimit }

    /// Takes the offsets of a look.
    /// - Returns: the positions to read, those that have waited longest for it first.
    public mutating func take(_ sample: ClusterSample) -> [Position] {
        self.sample = sample
        let now = sample.time.microseconds
        ends = ends.filter { sample.ends[$0.key] != nil }
        for (partition, marks) in sample.ends { ends[partition, default: EndHistory()].add(time: now, end: marks.end) }

        var needed: Set<Position> = []
        for group in sample.groups {
            for standing in group.standings {
                if let position = position(of: standing, in: sample) { needed.insert(position) }
            }
        }
        findings = findings.filter { needed.contains($0.key) }
        // Those that nothing is known of; one that found only markers is looked at again when more has come.
        let wanted = needed.filter { position in
            switch findings[position] {
            case .record: false
            case .nothing(let end): end < (sample.ends[position.partition]?.end ?? 0)
            case .failed, nil: true
            }
        }
        guard wanted.count > probeLimit else { return Array(wanted) }
        let sorted = wanted.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
        defer { turn += probeLimit }
        return (0..<probeLimit).map { sorted[(turn + $0) % sorted.count] }
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
        var remembered: [String: [PartitionID: LagHistory]] = [:]
        let groups = sample.groups.map { group in
            var old = histories.removeValue(forKey: group.name) ?? [:]
            var new: [PartitionID: LagHistory] = [:]
            new.reserveCapacity(group.standings.count)
            let partitions = group.standings.compactMap { standing in
                var history = old.removeValue(forKey: standing.partition)
                defer { new[standing.partition] = history }
                return observe(standing, group, &history, sample)
            }
            remembered[group.name] = new
            return GroupObservation(
                group: group.name, role: group.role, state: group.state, members: group.members, partitions: partitions)
        }
        histories = remembered
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
                .init(time: now, committed: committed, end: lag == 0 ? committed : marks.end),
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
