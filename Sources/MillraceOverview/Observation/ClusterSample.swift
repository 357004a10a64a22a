public import MillraceCore

/// What the brokers answered in one look: the input of `LagObserver`.
public struct ClusterSample: Sendable {
    public struct Ends: Sendable, Equatable {
        /// The first offset still there.
        public var low: Int64
        /// The end for readers of committed records.
        public var end: Int64

        public init(low: Int64, end: Int64) {
            self.low = low
            self.end = end
        }
    }

    /// A group in one partition.
    public struct Standing: Sendable {
        public var partition: PartitionID
        /// nil if it has never committed.
        public var committed: Int64?
        public var owner: PartitionObservation.Owner?

        public init(_ partition: PartitionID, committed: Int64?, owner: PartitionObservation.Owner? = nil) {
            self.partition = partition
            self.committed = committed
            self.owner = owner
        }
    }

    public struct Group: Sendable {
        public var name: String
        public var role: Role?
        /// `Unknown` where the brokers cannot say.
        public var state: String
        public var members: Int
        public var standings: [Standing]
        /// Why it may rightly stand still.
        public var excuse: String?

        public init(
            name: String, role: Role? = nil, state: String, members: Int, standings: [Standing], excuse: String? = nil
        ) {
            self.name = name
            self.role = role
            self.state = state
            self.members = members
            self.standings = standings
            self.excuse = excuse
        }
    }

    public var time: Timestamp
    public var ends: [PartitionID: Ends]
    public var groups: [Group]

    public init(time: Timestamp, ends: [PartitionID: Ends], groups: [Group]) {
        self.time = time
        self.ends = ends
        self.groups = groups
    }
}

/// The record at an offset, or the first one after it.
public enum RecordFinding: Sendable, Equatable {
    /// - Parameters:
    ///   - timestamp: nil where it has none.
    ///   - isAppendTime: given by the broker when it was appended, not by the producer.
    case record(timestamp: Timestamp?, isAppendTime: Bool)
    /// Nothing but markers of transactions up to `end`.
    case nothing(end: Int64)
    /// It was not read, for a reason.
    case failed(String)
}
