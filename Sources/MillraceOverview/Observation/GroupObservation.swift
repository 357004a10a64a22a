public import MillraceCore

/// A consumer group at a moment: its partitions, and what they come to together.
public struct GroupObservation: Sendable, Codable, Equatable {
    public var group: String
    /// The pipeline's role whose group it is; nil for a stranger's.
    public var role: Role?
    /// `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Dead`, or `Unknown` where the brokers cannot say.
    public var state: String
    /// How many members it has.
    public var members: Int
    /// By topic and partition.
    public var partitions: [PartitionObservation]

    /// Records, of all partitions.
    public var lag: Int64
    /// The partition that is furthest behind in time.
    public var age: LagAge
    /// Records a second, of all partitions; nil as long as nothing can be said.
    public var produced: Double?
    public var consumed: Double?
    public var trend: LagTrend?
    /// When the last of its partitions will have caught up.
    public var catchUp: CatchUp
    /// The worst of the partitions'. `NOTFOUND` when it has never committed anything.
    public var burrow: BurrowStatus
    /// The worst of the partitions'.
    public var verdict: LagVerdict
    /// Records that retention removed before they were read.
    public var lost: Int64

    /// Adds up what the partitions say.
    public init(group: String, role: Role? = nil, state: String, members: Int, partitions: [PartitionObservation]) {
        self.group = group
        self.role = role
        self.state = state
        self.members = members
        self.partitions = partitions
        lag = partitions.reduce(0) { $0 + $1.lag }
        lost = partitions.reduce(0) { $0 + $1.lost }
        age = LagAge.oldest(partitions.map(\.age))
        produced = Self.sum(partitions.map(\.produced))
        consumed = Self.sum(partitions.map(\.consumed))
        trend = LagTrend.together(partitions.map(\.lagChange), lag: lag)
        catchUp = CatchUp.last(partitions.map(\.catchUp))
        burrow = partitions.map(\.burrow).max() ?? .notFound
        verdict =
            partitions.map(\.verdict).max { $0.severityOrder < $1.severityOrder }
            ?? LagVerdict(.ok, "it reads nothing")
    }

    /// What is known of a sum; nil if nothing is.
    private static func sum(_ values: [Double?]) -> Double? {
        let known = values.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}
