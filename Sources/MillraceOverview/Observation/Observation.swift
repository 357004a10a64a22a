public import MillraceCore

/// What was seen of a pipeline, or of a whole cluster, at one moment: the value that the table, the dashboard, the
/// metrics and the history are all made of.
public struct Observation: Sendable, Codable, Equatable {
    /// When the groups' offsets were read, by the clock on the wall.
    public var time: Timestamp
    /// Counts the observations of one process, from 1.
    public var sequence: Int
    /// The pipeline's own groups in the order of the data; of a whole cluster by name.
    public var groups: [GroupObservation]
    /// nil where no pipeline was looked at, only groups.
    public var freshness: Freshness?
    /// What could not be read. With the time and sequence of an observation before: that is still the last, and the
    /// brokers do not answer now. Otherwise some groups are missing.
    public var trouble: String?

    public init(
        time: Timestamp, sequence: Int = 1, groups: [GroupObservation] = [], freshness: Freshness? = nil,
        trouble: String? = nil
    ) {
        self.time = time
        self.sequence = sequence
        self.groups = groups
        self.freshness = freshness
        self.trouble = trouble
    }

    public func group(of role: Role) -> GroupObservation? { groups.first { $0.role == role } }
}
