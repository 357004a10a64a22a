public import MillraceCore

/// How far a partition of a source is sealed: its `slice.sealed` messages, added up.
public struct PartitionProgress: Sendable, Codable, Equatable {
    public var topic: String
    public var partition: Int
    public var kind: SliceSealed.Kind
    public var seals = 0
    public var slices = 0
    public var rows = 0
    public var late = 0
    public var duplicates = 0
    public var dead = 0
    /// Records that retention removed before they were read, or before windows that were open could be made again.
    public var lost = 0
    public var nextOffset: Int64 = 0
    public var sealedThrough: Timestamp
    public var watermark: Timestamp?
    /// Why the newest seal did not wait for the partition's own watermark.
    public var idleCause: String?

    public init(_ seal: SliceSealed) {
        topic = seal.topic
        partition = seal.partition
        kind = seal.kind
        sealedThrough = seal.sealedThrough
    }

    public var name: String { "\(topic)/\(partition)" }

    mutating func add(_ seal: SliceSealed) {
        seals += 1
        slices += seal.slices.count
        rows += seal.slices.reduce(0) { $0 + $1.rows }
        late += seal.late
        duplicates += seal.duplicates
        dead += seal.dead
        lost += seal.lost?.count ?? 0
        nextOffset = max(nextOffset, seal.nextOffset)
        sealedThrough = max(sealedThrough, seal.sealedThrough)
        watermark = seal.watermark ?? watermark
        idleCause = seal.idle?.cause
    }
}
