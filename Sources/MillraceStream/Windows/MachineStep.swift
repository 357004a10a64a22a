public import MillraceCore

/// What a partition's machine wants done, in this order.
public enum MachineStep: Sendable {
    /// Append these rows of the batch to the open window that starts then.
    case rows(window: Int64, rows: Range<Int>)
    /// As `rows` with one row: a label whose own window is sealed, known from `time` (µs) on.
    case moved(window: Int64, row: Int, time: Int64)
    /// Keep this row and its record apart, until `release` or `giveUp` names its offset.
    case hold(row: Int, offset: Int64)
    /// Append a held row to an open window; `time` is its time there.
    case release(offset: Int64, window: Int64, time: Int64)
    /// Forget a held row that turned out late or a duplicate.
    case forget(offset: Int64)
    /// Set the record of this row of the batch aside.
    case dead(row: Int, fault: RecordFault)
    /// Set a held record aside.
    case giveUp(offset: Int64, fault: RecordFault, isRecorded: Bool)
    case seal(Seal)
    /// The log no longer gives what has been recorded. Nothing may be written for this partition.
    case diverged(String)
}

/// Rows that became nothing, since the last seal.
public struct SealCounts: Sendable, Equatable {
    public var late = 0
    public var duplicates = 0
    public var dead = 0
    /// Labels that joined a later window than their own.
    public var moved = 0
    public init() {}
}

/// A seal to be written: the windows that end at or before `sealedThrough` are complete.
public struct Seal: Sendable {
    public var sequence: Int
    public var sealedThrough: Int64
    public var watermark: Int64?
    /// The windows with rows, oldest first.
    public var windows: [(start: Int64, rows: Int)]
    public var firstOffset: Int64
    public var nextOffset: Int64
    public var counts: SealCounts
    public var isIdle: Bool
    /// Through where windows are complete. Beyond `sealedThrough` when they are more than one seal holds: the next seals,
    /// at the same position, go on with them.
    public var through: Int64
    public var replay: PartitionMachine.Snapshot
    /// The first offset that an open window needs.
    public var openOffset: Int64
    public var ledger: [Ledger.Run]
    /// Offsets that were gone when they were wanted.
    public var lost: Range<Int64>?
    /// It has been written already: the windows are dropped, and nothing is sent.
    public var isRecorded: Bool
    public var isContinued: Bool { sealedThrough < through }
}

/// What earlier owners of a partition have written, which a successor must come to again.
public struct Recording: Sendable, Equatable {
    /// An idle seal, obeyed at its position.
    public struct Idle: Sendable, Equatable {
        public var position: Int64
        public var sealedThrough: Int64
        /// As of the whole, where this is a part: what was held then was settled by it.
        public var settledThrough: Int64
        public init(position: Int64, sealedThrough: Int64, settledThrough: Int64? = nil) {
            self.position = position
            self.sealedThrough = sealedThrough
            self.settledThrough = settledThrough ?? sealedThrough
        }
    }

    public struct LastSeal: Sendable, Equatable {
        public var sequence: Int
        public var sealedThrough: Int64
        public var nextOffset: Int64
        public var watermark: Int64?
        public var isContinued: Bool
        /// The first offset that a window open then needs; nil where that was not said.
        public var openOffset: Int64?
        public init(
            sequence: Int, sealedThrough: Int64, nextOffset: Int64, watermark: Int64? = nil, isContinued: Bool = false,
            openOffset: Int64? = nil
        ) {
            self.sequence = sequence
            self.sealedThrough = sealedThrough
            self.nextOffset = nextOffset
            self.watermark = watermark
            self.isContinued = isContinued
            self.openOffset = openOffset
        }
    }

    public var seal: LastSeal?
    /// In the order of their positions.
    public var idle: [Idle]
    /// Dead letters decided below this offset have been written.
    public var deadLettersThrough: Int64
    var isReached = false

    public init(seal: LastSeal? = nil, idle: [Idle] = [], deadLettersThrough: Int64 = .min) {
        self.seal = seal
        self.idle = idle
        self.deadLettersThrough = deadLettersThrough
    }

    var nextIdlePosition: Int64? { idle.first?.position }
}
