internal import Crdkafka

extension Producer {
    /// One message into the library's queue; both parts are copied by the library.
    final func enqueue(
        _ topic: OpaquePointer, _ partition: Int32?, _ key: UnsafeRawBufferPointer?, _ value: UnsafeRawBufferPointer?,
        _ headers: [Header], timestampMilliseconds: Int64?, token: Int
    ) -> rd_kafka_resp_err_t {
        var nothing: UInt8 = 0
        return withUnsafeMutablePointer(to: &nothing) { empty in
            withUnsafeTemporaryAllocation(of: rd_kafka_vu_t.self, capacity: 8) { fields in
                var count = 0
                func add(_ type: rd_kafka_vtype_t, _ set: (inout rd_kafka_vu_t) -> Void) {
                    var field = rd_kafka_vu_t()
                    field.vtype = type
                    set(&field)
                    fields.initializeElement(at: count, to: field)
                    count += 1
                }
                // A missing part has no address; an empty one has, and the library tells them apart by it.
                func memory(_ part: UnsafeRawBufferPointer, _ field: inout rd_kafka_vu_t) {
                    field.u.mem.ptr =
                        part.baseAddress.map(UnsafeMutableRawPointer.init(mutating:))
                        ?? UnsafeMutableRawPointer(empty)
                    field.u.mem.size = part.count
                }
                add(RD_KAFKA_VTYPE_RKT) { $0.u.rkt = topic }
                add(RD_KAFKA_VTYPE_PARTITION) { $0.u.i32 = partition ?? Int32(RD_KAFKA_PARTITION_UA) }
                add(RD_KAFKA_VTYPE_MSGFLAGS) { $0.u.i = RD_KAFKA_MSG_F_COPY }
                if let key { add(RD_KAFKA_VTYPE_KEY) { memory(key, &$0) } }
                if let value { add(RD_KAFKA_VTYPE_VALUE) { memory(value, &$0) } }
                if let timestampMilliseconds { add(RD_KAFKA_VTYPE_TIMESTAMP) { $0.u.i64 = timestampMilliseconds } }
                if token != 0 { add(RD_KAFKA_VTYPE_OPAQUE) { $0.u.ptr = UnsafeMutableRawPointer(bitPattern: token) } }
                var list: OpaquePointer?
                if !headers.isEmpty {
                    list = Header.makeList(headers)
                    add(RD_KAFKA_VTYPE_HEADERS) { $0.u.headers = list }
                }
                guard let error = rd_kafka_produceva(pointer, fields.baseAddress, count) else {
                    return RD_KAFKA_RESP_ERR_NO_ERROR
                }
                defer { rd_kafka_error_destroy(error) }
                // The library takes the list over only if it succeeds.
                if let list { rd_kafka_headers_destroy(list) }
                return rd_kafka_error_code(error)
            }
        }
    }

    /// Queues a whole batch, waiting for room, serving delivery reports, whenever the queue is full.
    ///
    /// - Throws: at the first message the library refuses for another reason; those before it are queued.
    public final func send(_ batch: OutgoingBatch, to topic: String, deadline: Duration = .seconds(60)) throws {
        guard !batch.isEmpty else { return }
        let topicObject = try self.topic(topic)
        let end = ContinuousClock.now + deadline
        // Small enough to stay in the cache between filling in and queueing.
        let slice = min(batch.count, 1000)
        try batch.bytes.withUnsafeBytes { bytes in
            try withUnsafeTemporaryAllocation(of: rd_kafka_message_t.self, capacity: slice) { messages in
                messages.initialize(repeating: rd_kafka_message_t())
                var start = 0
                while start < batch.count {
                    let count = min(slice, batch.count - start)
                    for index in 0..<count {
                        messages[index] = Self.message(batch.entries[start + index], bytes)
                    }
                    try sendSlice(topicObject, messages, count, topic: topic, end: end)
                    start += count
                    rd_kafka_poll(pointer, 0)
                }
            }
        }
    }

    private func sendSlice(
        _ topicObject: OpaquePointer, _ messages: UnsafeMutableBufferPointer<rd_kafka_message_t>, _ total: Int,
        topic: String, end: ContinuousClock.Instant
    ) throws {
        var remaining = total
        while true {
            let queued = rd_kafka_produce_batch(
                topicObject, Int32(RD_KAFKA_PARTITION_UA), RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_PARTITION,
                messages.baseAddress, Int32(remaining))
            guard Int(queued) < remaining else { return }
            // Keep what was refused, in order, and try again unless it can never be queued.
            var kept = 0
            for index in 0..<remaining where messages[index].err != RD_KAFKA_RESP_ERR_NO_ERROR {
                let code = messages[index].err
                guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < end else {
                    throw refusal(code, topic: topic, bytes: messages[index].len + messages[index].key_len)
                }
                messages[kept] = messages[index]
                messages[kept].err = RD_KAFKA_RESP_ERR_NO_ERROR
                kept += 1
            }
            remaining = kept
            rd_kafka_poll(pointer, 10)
        }
    }

    private static func message(_ entry: OutgoingBatch.Entry, _ bytes: UnsafeRawBufferPointer) -> rd_kafka_message_t {
        var message = rd_kafka_message_t()
        message.partition = entry.partition
        // An empty part needs an address, or it would be a missing one; a batch of empty parts has no bytes at all.
        func address(_ start: Int) -> UnsafeMutableRawPointer? {
            (bytes.baseAddress ?? emptyPart).map { UnsafeMutableRawPointer(mutating: $0 + start) }
        }
        if entry.keyCount >= 0 {
            message.key = address(entry.keyStart)
            message.key_len = entry.keyCount
        }
        if entry.valueCount >= 0 {
            message.payload = address(entry.valueStart)
            message.len = entry.valueCount
        }
        return message
    }

    private static var emptyPart: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 16) }
}
