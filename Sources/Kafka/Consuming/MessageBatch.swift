internal import Crdkafka

/// Messages of one poll, as flat columns over the memory in which the library received them.
///
/// Nothing is copied: keys and values point into the library's buffers and stay valid until `release()`, which the
/// next poll into the same batch does by itself, and the consumer's `close` with the batch that was polled into last: a
/// message that somebody holds keeps the library from ending. Messages are grouped by partition, every partition one
/// contiguous range in offset order. Used by one thread at a time.
public final class MessageBatch {
    /// The most messages that fit.
    public let capacity: Int
    public internal(set) var count = 0
    /// The partitions that have messages here.
    public internal(set) var groups: [Group] = []
    public internal(set) var events: [ConsumerEvent] = []
    /// Bytes of all keys and values.
    public internal(set) var payloadBytes = 0

    @usableFromInline let offsets: UnsafeMutablePointer<Int64>
    @usableFromInline let values: UnsafeMutablePointer<UnsafeRawBufferPointer>
    @usableFromInline let keys: UnsafeMutablePointer<UnsafeRawBufferPointer>
    let messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>

    public init(capacity: Int = 10_000) {
        precondition(capacity > 0, "a message batch needs room for at least one message")
        self.capacity = capacity
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        offsets = .allocate(capacity: capacity)
        values = .allocate(capacity: capacity)
        keys = .allocate(capacity: capacity)
        messages = .allocate(capacity: capacity)
        offsets.initialize(repeating: 0, count: capacity)
        values.initialize(repeating: nothing, count: capacity)
        keys.initialize(repeating: nothing, count: capacity)
        messages.initialize(repeating: nil, count: capacity)
    }

    deinit {
        release()
        offsets.deallocate()
        values.deallocate()
        keys.deallocate()
        messages.deallocate()
    }

    /// Gives the messages back to the library. All pointers got from the batch are invalid afterwards.
    public func release() {
        for index in 0..<count { rd_kafka_message_destroy(messages[index]) }
        count = 0
        payloadBytes = 0
        groups.removeAll(keepingCapacity: true)
        if !events.isEmpty { events.removeAll(keepingCapacity: true) }
    }
}

extension MessageBatch {
    @inlinable public func offset(at index: Int) -> Int64 { offsets[index] }

    /// The value's bytes, or nil for a tombstone; valid until the batch is released.
    @inlinable public func value(at index: Int) -> UnsafeRawBufferPointer? {
        let value = values[index]
        return value.baseAddress == nil ? nil : value
    }

    /// The key's bytes, or nil if the message has none; valid until the batch is released.
    @inlinable public func key(at index: Int) -> UnsafeRawBufferPointer? {
        let key = keys[index]
        return key.baseAddress == nil ? nil : key
    }

    /// The whole columns, for loops over a group's range: no bounds are checked. A tombstone's base address is nil.
    @inlinable public var valueColumn: UnsafePointer<UnsafeRawBufferPointer> { UnsafePointer(values) }
    @inlinable public var keyColumn: UnsafePointer<UnsafeRawBufferPointer> { UnsafePointer(keys) }
    @inlinable public var offsetColumn: UnsafePointer<Int64> { UnsafePointer(offsets) }

    /// Milliseconds since 1970, by the producer's clock or the broker's as the topic is configured; nil if unknown.
    public func timestampMilliseconds(at index: Int) -> Int64? {
        precondition(index < count)
        let timestamp = rd_kafka_message_timestamp(messages[index], nil)
        return timestamp < 0 ? nil : timestamp
    }

    /// The same, and whether it is the broker's time.
    func timestamp(at index: Int) -> (milliseconds: Int64?, isAppendTime: Bool) {
        precondition(index < count)
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let timestamp = rd_kafka_message_timestamp(messages[index], &type)
        return (timestamp < 0 ? nil : timestamp, type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME)
    }

    /// A message's headers, parsed on demand, in the order in which they were sent.
    public func headers(at index: Int) -> [Header] {
        precondition(index < count)
        var list: OpaquePointer?
        guard rd_kafka_message_headers(messages[index], &list) == RD_KAFKA_RESP_ERR_NO_ERROR, let list else {
            return []
        }
        return Header.all(of: list)
    }
}
