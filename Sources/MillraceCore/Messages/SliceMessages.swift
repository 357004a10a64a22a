/// `slice.sealed`: a partition of a source will have no further row in the windows up to `sealedThrough`.
///
/// All of it is a function of the partition's log (and of idle seals already recorded), so a seal sent again is the
/// same message.
public struct SliceSealed: Payload {
    public static let type = "dev.millrace.slice.sealed.v1"
    public var identity: String { "\(topic)/\(partition)/\(sequence)" }

    public enum Kind: String, Codable, Sendable { case events, labels }

    /// One partition's share of one window. Windows without rows have none.
    public struct Slice: Codable, Sendable, Equatable {
        public var window: Window
        public var rows: Int
        public var file: FileReference
        public init(window: Window, rows: Int, file: FileReference) {
            self.window = window
            self.rows = rows
            self.file = file
        }
    }

    /// Why windows were sealed though the partition's own watermark had not passed them.
    public struct Idle: Codable, Sendable, Equatable {
        public var cause: String
        /// The end of the partition at that moment: the offset of the next record to come.
        public var position: Int64
        public init(cause: String, position: Int64) {
            self.cause = cause
            self.position = position
        }
    }

    /// From where, and in what state, a successor reads again to rebuild what is open.
    public struct Replay: Codable, Sendable, Equatable {
        /// The first offset that an open window (or the memory of ids seen) still needs.
        public var rewindOffset: Int64
        /// Rows are decided again from here; before it only ids are remembered.
        public var snapshotOffset: Int64
        /// The watermark and the sealed-through moment as they stood at `snapshotOffset`.
        public var watermark: Timestamp?
        public var sealedThrough: Timestamp?
        /// After a loss of records: those below this offset were decided before, and only rows of open windows are
        /// recovered from them.
        public var decidedBelow: Int64?
        /// The first offset that an open window needs. Those from `rewindOffset` up to it only tell repetitions apart, and
        /// are no loss when retention removes them. nil: not said.
        public var openOffset: Int64?
        public init(
            rewindOffset: Int64, snapshotOffset: Int64, watermark: Timestamp?, sealedThrough: Timestamp?,
            decidedBelow: Int64? = nil, openOffset: Int64? = nil
        ) {
            self.rewindOffset = rewindOffset
            self.snapshotOffset = snapshotOffset
            self.watermark = watermark
            self.sealedThrough = sealedThrough
            self.decidedBelow = decidedBelow
            self.openOffset = openOffset
        }
    }

    public var kind: Kind
    public var topic: String
    public var partition: Int
    public var partitionCount: Int
    /// 0, 1, 2 … within the partition.
    public var sequence: Int
    /// Every window that ends at or before this moment is sealed in this partition.
    public var sealedThrough: Timestamp
    /// The partition's own watermark at `nextOffset`; nil before the first record.
    public var watermark: Timestamp?
    public var slices: [Slice]
    /// Offsets `firstOffset ..< nextOffset` were decided since the previous seal.
    public var firstOffset: Int64
    public var nextOffset: Int64
    public var late: Int
    public var duplicates: Int
    public var dead: Int
    /// Labels whose own window was sealed already; they joined the oldest open one.
    public var moved: Int
    public var idle: Idle?
    /// When there are more complete windows than one message holds: through where the partition's next seals, at the same
    /// offset, go on.
    public var continuesThrough: Timestamp?
    public var replay: Replay
    /// Says of every offset of `firstOffset ..< nextOffset` what became of it, run-length coded.
    public var ledger: FileReference
    /// Records that were gone when they were wanted: those between were removed by the topic's retention before they
    /// were read, or before they were read again for windows that were open. Windows that the partition had not sealed,
    /// and that begin before `watermark`, may lack rows.
    public var lost: LostRecords?

    public init(
        kind: Kind, topic: String, partition: Int, partitionCount: Int, sequence: Int, sealedThrough: Timestamp,
        watermark: Timestamp?, slices: [Slice], firstOffset: Int64, nextOffset: Int64, late: Int, duplicates: Int,
        dead: Int, moved: Int, idle: Idle?, continuesThrough: Timestamp? = nil, replay: Replay, ledger: FileReference,
        lost: LostRecords? = nil
    ) {
        self.kind = kind
        self.topic = topic
        self.partition = partition
        self.partitionCount = partitionCount
        self.sequence = sequence
        self.sealedThrough = sealedThrough
        self.watermark = watermark
        self.slices = slices
        self.firstOffset = firstOffset
        self.nextOffset = nextOffset
        self.late = late
        self.duplicates = duplicates
        self.dead = dead
        self.moved = moved
        self.idle = idle
        self.continuesThrough = continuesThrough
        self.replay = replay
        self.ledger = ledger
        self.lost = lost
    }
}

/// Records that a topic's retention removed before all was done with them.
public struct LostRecords: Codable, Sendable, Hashable, CustomStringConvertible {
    public var topic: String
    public var partition: Int
    /// Both included.
    public var firstOffset: Int64
    public var lastOffset: Int64

    public init(topic: String, partition: Int, firstOffset: Int64, lastOffset: Int64) {
        self.topic = topic
        self.partition = partition
        self.firstOffset = firstOffset
        self.lastOffset = lastOffset
    }

    /// Of offsets: markers of transactions among them are counted, too.
    public var count: Int { max(0, Int(lastOffset - firstOffset + 1)) }
    public var description: String { "\(topic)/\(partition): offsets \(firstOffset) to \(lastOffset)" }
}

/// `partitions.changed`: a source topic has more partitions from a window on that nobody has sealed yet.
public struct PartitionsChanged: Payload {
    public static let type = "dev.millrace.partitions.changed.v1"
    public var identity: String { "\(topic)/\(oldCount)/\(newCount)" }

    public var topic: String
    public var oldCount: Int
    public var newCount: Int
    /// The new partitions take part in windows that start at or after this moment; nil: in all.
    public var firstWindowStart: Timestamp?

    public init(topic: String, oldCount: Int, newCount: Int, firstWindowStart: Timestamp?) {
        self.topic = topic
        self.oldCount = oldCount
        self.newCount = newCount
        self.firstWindowStart = firstWindowStart
    }
}
