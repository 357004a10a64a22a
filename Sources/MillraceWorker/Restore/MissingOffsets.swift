public import Kafka

/// Records that slices were made of, and that their topic does not hold any more.
public struct MissingOffsets: Error, Sendable, Equatable, CustomStringConvertible {
    public var partition: TopicPartition
    /// Ascending; of each, every offset was a row.
    public var ranges: [Range<Int64>]

    public init(_ partition: TopicPartition, _ ranges: [Range<Int64>]) {
        self.partition = partition
        self.ranges = ranges
    }

    public var rows: Int { ranges.reduce(0) { $0 + $1.count } }
    public var first: Int64 { ranges.first?.lowerBound ?? 0 }
    public var last: Int64 { (ranges.last?.upperBound ?? 1) - 1 }

    public var description: String {
        "offsets \(first) to \(last) of \(partition.topic)/\(partition.partition) are not there any more: the "
            + "topic's retention removed " + (rows == 1 ? "one row" : "\(rows) rows") + " among them"
    }
}
