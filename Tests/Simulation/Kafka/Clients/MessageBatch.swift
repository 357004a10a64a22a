/// Messages of one poll, with the columns of the real one.
public final class MessageBatch {
    public let capacity: Int
    public private(set) var count = 0
    public private(set) var groups: [Group] = []
    public internal(set) var events: [ConsumerEvent] = []
    public private(set) var payloadBytes = 0

    private var records: [StoredRecord] = []
    private var offsets: UnsafeMutablePointer<Int64>
    private var values: UnsafeMutablePointer<UnsafeRawBufferPointer>
    private var room = 64

    public init(capacity: Int = 10_000) {
        self.capacity = capacity
        offsets = .allocate(capacity: 64)
        values = .allocate(capacity: 64)
    }

    deinit {
        offsets.deallocate()
        values.deallocate()
    }

    public func release() {
        count = 0
        payloadBytes = 0
        records.removeAll()
        groups.removeAll()
        events.removeAll()
    }

    func append(_ partition: TopicPartition, _ messages: [(offset: Int64, record: StoredRecord)]) {
        guard !messages.isEmpty else { return }
        if count + messages.count > room {
            let larger = max(room * 2, count + messages.count)
            let (newOffsets, newValues) = (
                UnsafeMutablePointer<Int64>.allocate(capacity: larger),
                UnsafeMutablePointer<UnsafeRawBufferPointer>.allocate(capacity: larger)
            )
            newOffsets.update(from: offsets, count: count)
            newValues.update(from: values, count: count)
            offsets.deallocate()
            values.deallocate()
            (offsets, values, room) = (newOffsets, newValues, larger)
        }
        let start = count
        for message in messages {
            offsets[count] = message.offset
            values[count] = message.record.value?.buffer ?? UnsafeRawBufferPointer(start: nil, count: 0)
            payloadBytes += values[count].count
            records.append(message.record)
            count += 1
        }
        groups.append(Group(partition: partition, index: groups.count, range: start..<count))
    }

    public func offset(at index: Int) -> Int64 { offsets[index] }
    public func value(at index: Int) -> UnsafeRawBufferPointer? { records[index].value?.buffer }
    public func isTombstone(at index: Int) -> Bool { records[index].value == nil }
    public func key(at index: Int) -> UnsafeRawBufferPointer? { records[index].key?.buffer }
    public var valueColumn: UnsafePointer<UnsafeRawBufferPointer> { UnsafePointer(values) }
    public var offsetColumn: UnsafePointer<Int64> { UnsafePointer(offsets) }
    public func timestampMilliseconds(at index: Int) -> Int64? { records[index].timestampMilliseconds }
    public func headers(at index: Int) -> [Header] { records[index].headers }
}
