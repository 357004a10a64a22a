import World

/// Bytes of a record that stay where they are, so that batches can point at them.
public final class StoredBytes: @unchecked Sendable {
    public let buffer: UnsafeRawBufferPointer

    init(_ bytes: some Collection<UInt8>) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, bytes.count), alignment: 16)
        copy.copyBytes(from: bytes)
        buffer = UnsafeRawBufferPointer(start: copy.baseAddress, count: bytes.count)
    }

    deinit { buffer.deallocate() }

    public var array: [UInt8] { Array(buffer) }
}

public struct StoredRecord: Sendable {
    public var key: StoredBytes?
    public var value: StoredBytes?
    public var headers: [Header]
    public var timestampMilliseconds: Int64
}

/// One partition as its leader keeps it: records and the markers of transactions, an offset each.
public struct PartitionLog: Sendable {
    public enum Fate: Sendable { case open, committed, aborted }

    public struct Entry: Sendable {
        /// Nil: a marker.
        public var record: StoredRecord?
        /// Of a transactional producer; nil without a transaction.
        public var producer: Int?
        public var fate: Fate
        /// ns
        public var appendedAt: Int64
        /// Of the process that sent it.
        public var sender: String
    }

    public private(set) var entries: [Entry] = []
    /// The first offset that retention has left.
    public private(set) var low: Int64 = 0
    /// The first offset of each open transaction, by producer.
    private var open: [Int: Int64] = [:]

    public var high: Int64 { Int64(entries.count) }
    /// Readers of committed records get no further.
    public var stable: Int64 { open.values.min() ?? high }

    mutating func append(_ record: StoredRecord, producer: Int?, at time: Int64, sender: String) -> Int64 {
        let offset = high
        if let producer, open[producer] == nil { open[producer] = offset }
        entries.append(
            Entry(
                record: record, producer: producer, fate: producer == nil ? .committed : .open, appendedAt: time,
                sender: sender))
        return offset
    }

    mutating func mark(producer: Int, isCommit: Bool, at time: Int64) {
        if let first = open.removeValue(forKey: producer) {
            for index in Int(first)..<entries.count
            where entries[index].producer == producer && entries[index].fate == .open {
                entries[index].fate = isCommit ? .committed : .aborted
            }
        }
        entries.append(
            Entry(record: nil, producer: producer, fate: .committed, appendedAt: time, sender: "coordinator"))
    }

    mutating func removeRecords(below offset: Int64) { low = max(low, min(offset, high)) }

    /// Records visible from an offset on, at most so many, and the offset at which reading goes on.
    func read(from start: Int64, isolation: ClientSettings.Isolation, limit: Int) -> (offsets: [Int64], next: Int64) {
        let end = isolation == .readCommitted ? stable : high
        var offsets: [Int64] = []
        var next = start
        while next < end, offsets.count < limit {
            let entry = entries[Int(next)]
            if entry.record != nil, isolation == .readUncommitted || entry.fate == .committed { offsets.append(next) }
            next += 1
        }
        return (offsets, next)
    }

    func end(_ isolation: ClientSettings.Isolation) -> Int64 { isolation == .readCommitted ? stable : high }
}
