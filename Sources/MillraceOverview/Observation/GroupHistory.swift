import MillraceCore

/// What has been seen of a group, partition by partition: two lists side by side, since a dictionary of tens of thousands
/// would be half empty.
struct GroupHistory: Sendable {
    private var partitions: [PartitionID] = []
    /// nil for a partition without a commit.
    var histories: [LagHistory?] = []

    /// Brings the histories into the order of a look's partitions, which mostly is that of the look before. Those of
    /// partitions that are gone are forgotten.
    mutating func follow(_ order: [PartitionID]) {
        guard order != partitions else { return }
        let places = Dictionary(partitions.enumerated().map { ($1, $0) }) { $1 }
        histories = order.map { places[$0].flatMap { histories[$0] } }
        partitions = order
    }
}
