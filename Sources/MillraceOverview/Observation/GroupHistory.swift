import MillraceCore

/// What has been seen of a group, partition by partition: two lists side by side, since a dictionary of tens of thousands
/// would be half empty.
struct GroupHistory: Sendable {
    private var partitions: [PartitionID] = []
    /// nil for a partition without a commit.
    var histories: [LagHistory?] = []
    /// Of partitions that the last looks did not show: a few, without a leader or gone.
    private var absent: [PartitionID: LagHistory] = [:]
    /// When the group was seen last, µs since 1970.
    private(set) var seen: Int64 = .min

    /// Brings the histories into the order of a look's partitions, which mostly is that of the look before. Those of
    /// partitions that it does not show are kept for a while.
    mutating func follow(_ order: [PartitionID], now: Int64) {
        seen = now
        absent = absent.filter { LagHistory.isKept(since: $0.value.samples.last?.time, now: now) }
        guard order != partitions else { return }
        for (partition, history) in zip(partitions, histories) { absent[partition] = history }
        histories = order.map { absent.removeValue(forKey: $0) }
        partitions = order
    }
}
