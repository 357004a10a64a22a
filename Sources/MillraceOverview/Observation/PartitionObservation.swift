import MillraceCore

/// A group's standing in one partition at a moment.
public struct PartitionObservation: Sendable, Codable, Equatable {
    /// The member that reads it: an object, since one of them reads thousands of partitions.
    public final class Owner: Sendable, Codable, Equatable {
        public let consumerID: String
        public let host: String
        public let clientID: String

        public init(consumerID: String, host: String, clientID: String) {
            self.consumerID = consumerID
            self.host = host
            self.clientID = clientID
        }

        public static func == (a: Owner, b: Owner) -> Bool {
            (a.consumerID, a.host, a.clientID) == (b.consumerID, b.host, b.clientID)
        }
    }

    public var topic: String
    public var partition: Int32
    /// The group's next offset; nil if it has never committed.
    public var committed: Int64?
    /// The first offset still there.
    public var low: Int64
    /// The end for readers of committed records: the last stable offset.
    public var end: Int64
    /// Records between the next to read and the end: all there are if the group has never committed, 0 if nothing but
    /// markers of transactions is left.
    public var lag: Int64
    /// How far behind in time.
    public var age: LagAge
    /// Records a second that arrive, and that the group reads; nil as long as nothing can be said.
    public var produced: Double?
    public var consumed: Double?
    /// Records a second by which the lag grows; negative when it shrinks.
    public var lagChange: Double?
    public var trend: LagTrend?
    public var catchUp: CatchUp
    public var owner: Owner?
    /// By Burrow's rules.
    public var burrow: BurrowStatus
    /// Ours, with its reason.
    public var verdict: LagVerdict
    /// Records that retention removed before the group read them.
    public var lost: Int64

    public init(
        topic: String, partition: Int32, committed: Int64?, low: Int64, end: Int64, lag: Int64, age: LagAge,
        produced: Double? = nil, consumed: Double? = nil, lagChange: Double? = nil, trend: LagTrend? = nil,
        catchUp: CatchUp = .unknown, owner: Owner? = nil, burrow: BurrowStatus, verdict: LagVerdict, lost: Int64 = 0
    ) {
        self.topic = topic
        self.partition = partition
        self.committed = committed
        self.low = low
        self.end = end
        self.lag = lag
        self.age = age
        self.produced = produced
        self.consumed = consumed
        self.lagChange = lagChange
        self.trend = trend
        self.catchUp = catchUp
        self.owner = owner
        self.burrow = burrow
        self.verdict = verdict
        self.lost = lost
    }
}
