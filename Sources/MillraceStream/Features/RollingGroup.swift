import MillraceCore

/// The events of one key column, a ring per key, and what is aggregated over them.
///
/// A key's record (`RollingPlan.recordWords` words) holds, for each span, the positions in the key's ring between which
/// events are inside, and the accumulators of those events. Positions count a key's events from its first and never
/// fall; a ring keeps those that some span still needs. Everything lies in a few blocks of memory, so that an event
/// costs no allocation and no reference count.
final class RollingGroup {
    let plan: RollingPlan
    let keys: CellTable
    /// The texts that are told apart, one table for each text value.
    let texts: [SharedTexts?]

    let rings = RingArena()
    /// Queues of least and greatest values. Apart from the rings, so that those stay put while spans advance.
    let queues = RingArena()
    let layout: RollingLayout
    @exclusivity(unchecked) var records: UnsafeMutablePointer<UInt64>
    @exclusivity(unchecked) private var recordCapacity = 0
    @exclusivity(unchecked) var distinct: [DistinctCounts]
    private var sweepAt = 1024
    /// What `warm` has read: of no use but to have been read.
    @exclusivity(unchecked) private var warmth: UInt64 = 0

    init(_ plan: RollingPlan) {
        self.plan = plan
        layout = RollingLayout(plan)
        keys = CellTable(isText: plan.keyIsText)
        texts = plan.values.map { $0.type == .text ? SharedTexts() : nil }
        records = Self.allocate(words: 2)
        distinct = (0..<plan.distinctCount).map { _ in DistinctCounts() }
    }

    deinit { records.deallocate() }

    private static func allocate(words: Int) -> UnsafeMutablePointer<UInt64> {
        UnsafeMutableRawPointer.allocate(byteCount: words * 8, alignment: 16).bindMemory(
            to: UInt64.self, capacity: words)
    }

    /// The record's index of a key, a new one if need be.
    @inline(__always)
    func record(of key: UInt64, _ heap: UnsafePointer<UInt8>?) -> Int {
        let (code, isNew) = keys.insert(key, heap)
        if isNew { open(code) }
        return code
    }

    private func open(_ index: Int) {
        let stride = layout.recordStride
        if index >= recordCapacity {
            let larger = max(64, recordCapacity * 2)
            let moved = Self.allocate(words: larger * stride)
            moved.update(from: records, count: recordCapacity * stride)
            records.deallocate()
            records = moved
            recordCapacity = larger
        }
        let record = records + index * stride
        record.update(repeating: 0, count: stride)
        record[RollingPlan.mask] = 7
        record[RollingPlan.ring] = UInt64(rings.allocate(8 * layout.eventWords))
        record[RollingPlan.used] = 1
        for accumulator in layout.accumulators where accumulator.kind == .minimum || accumulator.kind == .maximum {
            record[accumulator.offset] = UInt64(queues.allocate(8))
            record[accumulator.offset + 1] = 7
        }
    }

    /// Takes the next event of a key and writes its features.
    /// - Parameters:
    ///   - values: the words of the event's values.
    ///   - row: where the event's features go.
    /// - Returns: the event's position in its key's ring.
    @inline(__always)
    func append(
        record index: Int, time: Int64, isPositive: Bool, values: UnsafePointer<UInt64>,
        row: UnsafeMutablePointer<Double>
    ) -> Int {
        let record = records + index * layout.recordStride
        let words = layout.eventWords
        let position = Int(record[RollingPlan.end])
        if position - Int(record[RollingPlan.first]) > Int(record[RollingPlan.mask]) { makeRoom(record) }
        let ring = rings.base + Int(record[RollingPlan.ring])
        let event = ring + (position & Int(record[RollingPlan.mask])) * words
        event[0] = RollingPlan.moment(time, isPositive: isPositive)
        for value in 0..<words - 1 { event[1 + value] = values[value] }
        record[RollingPlan.end] = UInt64(position + 1)
        record[RollingPlan.newest] = UInt64(bitPattern: time)
        advance(record, index, ring, to: time)
        emit(record, ring, row)
        return position
    }

    /// Reads what the next events of some keys will need. Keys lie scattered over more memory than the cache holds; read
    /// for many keys at once, the misses overlap instead of following one another.
    func warm(_ indices: UnsafeBufferPointer<Int32>) {
        let stride = layout.recordStride
        var sum: UInt64 = 0
        for index in indices where index >= 0 {
            let record = records + Int(index) * stride
            var word = 0
            while word < stride {
                sum &+= record[word]
                word += 8
            }
        }
        for index in indices where index >= 0 {
            let record = records + Int(index) * stride
            let ring = rings.base + Int(record[RollingPlan.ring])
            let mask = Int(record[RollingPlan.mask])
            sum &+= ring[(Int(record[RollingPlan.end]) & mask) * layout.eventWords]
            for span in layout.spans {
                if span.entering != nil { sum &+= ring[(Int(record[span.offset]) & mask) * layout.eventWords] }
                sum &+= ring[(Int(record[span.offset + 1]) & mask) * layout.eventWords]
            }
        }
        warmth = sum
    }

    /// Lets go of events that no span needs; doubles the ring when that gains less than half.
    private func makeRoom(_ record: UnsafeMutablePointer<UInt64>) {
        let words = layout.eventWords
        let capacity = Int(record[RollingPlan.mask]) + 1
        var first = record[RollingPlan.end]
        for span in layout.spans { first = min(first, record[span.offset + 1]) }
        release(record, to: first)
        let kept = Int(record[RollingPlan.end] - first)
        guard kept > capacity / 2 else { return }
        let block = rings.allocate(capacity * 2 * words)
        let old = rings.base + Int(record[RollingPlan.ring])
        let new = rings.base + block
        for position in Int(first)..<Int(record[RollingPlan.end]) {
            (new + (position & (capacity * 2 - 1)) * words).update(
                from: old + (position & (capacity - 1)) * words, count: words)
        }
        rings.release(Int(record[RollingPlan.ring]), words: capacity * words)
        record[RollingPlan.ring] = UInt64(block)
        record[RollingPlan.mask] = UInt64(capacity * 2 - 1)
    }

    /// Lets the events before a position leave the ring, and gives their texts back.
    private func release(_ record: UnsafeMutablePointer<UInt64>, to end: UInt64) {
        let first = record[RollingPlan.first]
        record[RollingPlan.first] = end
        for (value, table) in texts.enumerated() {
            guard let table else { continue }
            let ring = rings.base + Int(record[RollingPlan.ring])
            for position in first..<end {
                table.release(ring[Int(position & record[RollingPlan.mask]) * layout.eventWords + 1 + value])
            }
        }
    }

    /// Changes what is known of an event that may still be in its key's ring.
    func setPositive(_ isPositive: Bool, record index: Int, position: Int) {
        let record = records + index * layout.recordStride
        guard position >= Int(record[RollingPlan.first]) else { return }
        let event =
            rings.base + Int(record[RollingPlan.ring])
            + (position & Int(record[RollingPlan.mask])) * layout.eventWords
        guard (event[0] & 1 == 1) != isPositive else { return }
        event[0] ^= 1
        for span in plan.spans where position < Int(record[span.offset]) && position >= Int(record[span.offset + 1]) {
            for accumulator in span.accumulators where accumulator.kind == .positives {
                if isPositive { record[accumulator.offset] &+= 1 } else { record[accumulator.offset] &-= 1 }
            }
        }
    }

    /// Forgets keys without an event in reach of `time`, once there are twice as many keys as were left the last time.
    func sweep(at time: Int64) {
        guard keys.count >= sweepAt else { return }
        for index in 0..<keys.codeLimit {
            let record = records + index * layout.recordStride
            guard record[RollingPlan.used] == 1, Int64(bitPattern: record[RollingPlan.newest]) <= time - plan.reach
            else { continue }
            // Spans stand where the key's last event left them; moved on, they are empty and their counts given back.
            advance(record, index, rings.base + Int(record[RollingPlan.ring]), to: time)
            release(record, to: record[RollingPlan.end])
            rings.release(
                Int(record[RollingPlan.ring]), words: (Int(record[RollingPlan.mask]) + 1) * layout.eventWords)
            for accumulator in layout.accumulators where accumulator.kind == .minimum || accumulator.kind == .maximum {
                queues.release(Int(record[accumulator.offset]), words: Int(record[accumulator.offset + 1]) + 1)
            }
            record[RollingPlan.used] = 0
            keys.remove(index)
        }
        sweepAt = max(1024, keys.count * 2)
    }
}
