public import MillraceCore

/// Decides what becomes of every record of one partition, in offset order: a row of a window, late, a duplicate, dead,
/// or held until others confirm its time. A pure value: it knows the log alone, no clock, no batch borders, no disk.
///
/// - The **watermark** is the greatest confirmed time. `sealedThrough` is the greatest moment m of the window grid with
///   m + lateness ≤ watermark, or what an idle seal has set.
/// - A **seal** stands before the record that pushes the watermark over (at its offset), so what is in it is a function
///   of the log. While records are held no seal is made: so at every seal nothing is held.
/// - A record beyond watermark + maximumJump is **held**. Four held records within one jump of each other, if they are
///   more than the ordinary ones since the first of them, are accepted together; `patience` ordinary records without
///   that make them dead (`future`). The very first records are held in the same way. A time beyond the record's own
///   timestamp by more than the jump is dead at once, where that timestamp can be believed.
/// - A time outside the years 1970 to 2199 is dead at once.
/// - Labels are never late: a label of a sealed window joins the oldest open one.
/// - **Duplicate**: an earlier valid record with the same id has a time ≥ watermark (before this record) − within. A
///   record without an id is none.
///   Duplicates and late records move the watermark all the same, so the watermark's course does not depend on the
///   memory of ids, which a successor rebuilds from the log.
///
/// The course of (watermark, sealedThrough) from any moment with nothing held depends on those two values and on the
/// records from there on. Such moments are kept as snapshots; each seal names the one its successor starts from.
public struct PartitionMachine: Sendable {
    public struct Settings: Sendable, Equatable {
        public var kind: SliceSealed.Kind
        /// All in µs.
        public var size: Int64
        public var lateness: Int64
        public var maximumJump: Int64
        /// How long an id is unique; nil if nothing is declared unique.
        public var uniqueWithin: Int64?
        /// Further records that must agree with a held one.
        public var confirmations = 3
        /// Ordinary records after which what is held is given up.
        public var patience = 32
        /// The most windows of one seal: its message names them all, and has to find room.
        public var windowsPerSeal = 1000

        public init(
            kind: SliceSealed.Kind, size: Int64, lateness: Int64, maximumJump: Int64, uniqueWithin: Int64? = nil
        ) {
            self.kind = kind
            self.size = size
            self.lateness = lateness
            self.maximumJump = maximumJump
            self.uniqueWithin = uniqueWithin
        }

        public init(_ windows: WindowSettings, schema: RecordSchema) {
            self.init(
                kind: schema.kind, size: windows.size.microseconds, lateness: windows.lateness.microseconds,
                maximumJump: windows.maximumJump.microseconds, uniqueWithin: schema.unique?.within)
        }
    }

    /// The state at an offset at which nothing was held.
    public struct Snapshot: Sendable, Equatable {
        public var offset: Int64
        public var watermark: Int64?
        public var sealedThrough: Int64?
        /// After a loss: offsets below this one were decided before, with a watermark that ended as given here.
        public var decidedBelow: Int64?
        public init(
            offset: Int64, watermark: Int64? = nil, sealedThrough: Int64? = nil, decidedBelow: Int64? = nil
        ) {
            self.offset = offset
            self.watermark = watermark
            self.sealedThrough = sealedThrough
            self.decidedBelow = decidedBelow
        }
    }

    /// The records of one batch and partition as columns; rows are indices into them.
    public struct Records {
        public var offsets: UnsafePointer<Int64>
        public var times: UnsafePointer<Int64>
        /// µs since 1970; `Int64.min` where a record has none.
        public var timestamps: UnsafePointer<Int64>
        public var faults: UnsafePointer<UInt8>
        /// Where something is declared unique: 64 bits that stand for the id, or `RecordDecoder.noID`.
        public var ids: UnsafePointer<UInt64>?
        public init(
            offsets: UnsafePointer<Int64>, times: UnsafePointer<Int64>, timestamps: UnsafePointer<Int64>,
            faults: UnsafePointer<UInt8>, ids: UnsafePointer<UInt64>?
        ) {
            self.offsets = offsets
            self.times = times
            self.timestamps = timestamps
            self.faults = faults
            self.ids = ids
        }
    }

    struct OpenWindow: Sendable {
        var start: Int64
        var rows: Int
        var snapshot: Snapshot
    }

    /// A record that waits for others to confirm its time.
    struct Held: Sendable {
        var offset: Int64
        var time: Int64
        var id: UInt64
    }

    /// Times that a row may have: the years 1970 to 2199, in µs. What lies outside was never meant: a wrong unit, a field
    /// that was not set. Within them no sum of a time and a declared span overflows.
    public static let times: Range<Int64> = 0..<7_258_118_400_000_000
    /// Timestamps before 2001-09-09 are not believed (they are missing, or seconds in a field of milliseconds), nor are
    /// those beyond all times.
    static let believedTimestamps = 1_000_000_000_000_000..<times.upperBound

    public let settings: Settings
    /// The offset of the next record.
    public internal(set) var nextOffset: Int64
    public internal(set) var watermark: Int64?
    public internal(set) var sealedThrough: Int64?
    /// Counted since the last seal.
    public internal(set) var counts = SealCounts()
    /// The number of the next seal.
    public internal(set) var sequence = 0
    /// The state from which a successor would start now.
    public internal(set) var replay: Snapshot

    var firstOffset: Int64
    /// Records below are not decided but recovered: see `skip`.
    var decidedBelow: Int64
    var open: [OpenWindow] = []
    var current = 0
    /// Windows that are not sealed and in which a repetition came before any row.
    var repeated: [OpenWindow] = []
    var held: [Held] = []
    var ordinarySinceHeld = 0
    var beforeHeld: Snapshot?
    var ledger = LedgerBuilder()
    var resolved: [Int64: (outcome: Ledger.Outcome, window: Int64)] = [:]
    var memory: UniqueMemory?
    /// Snapshots for the memory of ids, oldest first.
    var ring: [Snapshot] = []
    var recording: Recording
    /// Offsets that were gone when they were wanted; the next seal says so.
    var lost: Range<Int64>?

    /// A partition nobody has read yet.
    /// - Parameter sealedThrough: for a partition added later: the start of the first window it takes part in.
    public init(_ settings: Settings, startOffset: Int64, sealedThrough: Int64? = nil) {
        self.init(settings, from: Snapshot(offset: startOffset, sealedThrough: sealedThrough), recording: Recording())
    }

    /// A partition whose earlier owner got as far as `recording` says.
    public init(_ settings: Settings, from snapshot: Snapshot, recording: Recording) {
        self.settings = settings
        self.recording = recording
        nextOffset = snapshot.offset
        firstOffset = snapshot.offset
        decidedBelow = snapshot.decidedBelow ?? .min
        watermark = snapshot.watermark
        sealedThrough = snapshot.sealedThrough
        replay = snapshot
        ring = [snapshot]
        memory = settings.uniqueWithin.map { UniqueMemory(within: $0) }
        self.recording.idle.removeAll { $0.sealedThrough <= snapshot.sealedThrough ?? .min }
        if let seal = recording.seal {
            sequence = seal.sequence + 1
            // With nothing to decide again, the successor stands where the seal was made.
            if seal.sealedThrough == snapshot.sealedThrough, seal.nextOffset == snapshot.offset {
                self.recording.isReached = true
            }
        } else {
            self.recording.isReached = true
        }
    }

    /// What is lost when the first record that is still there is this one: what was not read, and what open windows need
    /// again. Nil when all that is gone would only have told repetitions apart: one whose first is among it counts.
    public func loss(beginningAt offset: Int64) -> Range<Int64>? {
        let needed = max(nextOffset, recording.seal?.openOffset ?? nextOffset)
        return needed < offset ? needed..<offset : nil
    }

    /// Begins at a later offset than was planned, because the records before it are gone for good, and with them rows of
    /// windows that were open.
    ///
    /// What is still there below the last seal's end has been decided, and is not decided again: of it the rows of open
    /// windows are recovered, which are those from `sealedThrough` to the watermark. (Two kinds cannot be told from the
    /// times alone: labels that had been moved to an open window are lost, and a repetition whose first is gone counts.)
    public mutating func skip(to offset: Int64) {
        guard offset > nextOffset else { return }
        let loss = self.loss(beginningAt: offset)
        let last = recording.seal
        let decided = last.flatMap { $0.nextOffset > offset ? $0.nextOffset : nil }
        self = PartitionMachine(
            settings,
            from: Snapshot(
                offset: offset, watermark: last?.watermark ?? watermark,
                sealedThrough: last?.sealedThrough ?? sealedThrough, decidedBelow: decided),
            recording: recording)
        recording.isReached = true
        lost = loss
        firstOffset = last?.nextOffset ?? firstOffset
        if firstOffset < offset { ledger.add(.lost, count: Int(offset - firstOffset)) }
    }

    /// Windows that have rows and are not sealed, oldest first.
    public var openWindows: [(start: Int64, rows: Int)] { open.map { ($0.start, $0.rows) } }
    public var heldCount: Int { held.count }
    /// True until the last recorded seal has been made again.
    public var isReplaying: Bool { !recording.isReached }
    /// Bytes of the memory of ids and of the ledger.
    public var memoryBytes: Int { (memory?.bytes ?? 0) + ledger.bytes.count }

    func windowStart(_ time: Int64) -> Int64 {
        let remainder = time % settings.size
        return time - (remainder < 0 ? remainder + settings.size : remainder)
    }

    /// Decides the records of a range of rows, which must be of this partition and in offset order. What is to be done
    /// with them is appended to `steps`.
    public mutating func process(_ records: Records, rows: Range<Int>, into steps: inout [MachineStep]) {
        var row = rows.lowerBound
        while row < rows.upperBound {
            let end = plainRun(records, row..<rows.upperBound)
            if end > row {
                steps.append(.rows(window: open[current].start, rows: row..<end))
                row = end
            } else {
                decide(
                    Decision(
                        row: row, offset: records.offsets[row], time: records.times[row],
                        timestamp: records.timestamps[row], fault: records.faults[row], id: records.ids?[row] ?? 0),
                    into: &steps)
                row += 1
            }
        }
    }

    /// Takes the longest run of records at the front that need no thought: readable, in the window that was written to
    /// last, and moving nothing but the watermark.
    private mutating func plainRun(_ records: Records, _ rows: Range<Int>) -> Int {
        guard current < open.count, held.isEmpty, nextOffset >= decidedBelow, var watermark else {
            return rows.lowerBound
        }
        let start = open[current].start
        let jump = settings.maximumJump
        // Below this a time makes no seal, no jump, no snapshot.
        var limit = min(start &+ settings.size, max(watermark, sealedThrough ?? .min) &+ jump, Self.times.upperBound)
        if let sealedThrough { limit = min(limit, sealedThrough &+ settings.size &+ settings.lateness) }
        if let within = settings.uniqueWithin, let newest = ring.last?.watermark {
            limit = min(limit, newest &+ max(1, within / 8))
        }
        let least = max(start, sealedThrough ?? .min, Self.times.lowerBound)
        let lastOffset = recording.nextIdlePosition ?? .max
        var row = rows.lowerBound
        var offset = nextOffset
        while row < rows.upperBound {
            let time = records.times[row]
            guard records.faults[row] == 0, records.offsets[row] == offset, offset < lastOffset, time >= least,
                time < limit, time <= records.timestamps[row] &+ jump
            else { break }
            if memory != nil, records.ids![row] != RecordDecoder.noID,
                memory!.remember(records.ids![row], time: time, watermark: watermark)
            {
                // Found: the slow way counts it. Remembering it twice changes nothing.
                break
            }
            if time > watermark { watermark = time }
            offset += 1
            row += 1
        }
        let count = row - rows.lowerBound
        guard count > 0 else { return row }
        self.watermark = watermark
        nextOffset = offset
        open[current].rows += count
        ledger.add(.row, window: start, count: count)
        return row
    }
}
