internal import Crdkafka

/// An idempotent producer: what it sends is written once and in order, or reported as failed.
///
/// One thread owns it and makes every call; delivery reports are served inside those calls and collected until
/// `takeReport`. `close` when done.
public class Producer {
    let handle: Handle
    let context: ProducerContext
    final var pointer: OpaquePointer { handle.pointer }
    /// The library's topic objects, made once per topic.
    private var topics: [String: OpaquePointer] = [:]
    private final var isClosed = false

    public convenience init(settings: ClientSettings) throws {
        try self.init(settings: settings, transactionalID: nil)
    }

    init(settings: ClientSettings, transactionalID: String?) throws {
        let context = ProducerContext(log: settings.log)
        self.context = context
        handle = try Handle(
            RD_KAFKA_PRODUCER, settings.producerProperties(transactionalID: transactionalID), context: context
        ) { configuration in
            rd_kafka_conf_set_dr_msg_cb(configuration) { _, message, opaque in
                guard let message, let opaque else { return }
                // No dynamic cast: this runs once per message, and the opaque pointer is always this class.
                Unmanaged<ProducerContext>.fromOpaque(opaque).takeUnretainedValue().delivered(message)
            }
        }
    }

    /// Queues one message. Waits for room, serving delivery reports, when the queue is full.
    ///
    /// - Parameters:
    ///   - partition: where it goes; by the key's hash (as Java's clients do) if nil.
    ///   - value: nil sends a tombstone.
    ///   - timestampMilliseconds: since 1970; now if nil.
    ///   - token: if not 0, the report says where this message was written.
    ///   - deadline: how long to wait for room.
    public final func send(
        to topic: String, partition: Int32? = nil, key: UnsafeRawBufferPointer? = nil, value: UnsafeRawBufferPointer?,
        headers: [Header] = [], timestampMilliseconds: Int64? = nil, token: Int = 0,
        deadline: Duration = .seconds(60)
    ) throws {
        let topicObject = try self.topic(topic)
        let end = ContinuousClock.now + deadline
        while true {
            let code = enqueue(
                topicObject, partition, key, value, headers, timestampMilliseconds: timestampMilliseconds, token: token)
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return }
            guard code == RD_KAFKA_RESP_ERR__QUEUE_FULL, ContinuousClock.now < end else {
                throw refusal(code, topic: topic, bytes: (key?.count ?? 0) + (value?.count ?? 0))
            }
            rd_kafka_poll(pointer, 10)
        }
    }

    /// Queues one message of arrays, as above.
    public final func send(
        to topic: String, partition: Int32? = nil, key: [UInt8]? = nil, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64? = nil, token: Int = 0, deadline: Duration = .seconds(60)
    ) throws {
        try withBytes(key) { key in
            try withBytes(value) { value in
                try send(
                    to: topic, partition: partition, key: key, value: value, headers: headers,
                    timestampMilliseconds: timestampMilliseconds, token: token, deadline: deadline)
            }
        }
    }

    /// Serves delivery reports without waiting.
    public final func poll() { rd_kafka_poll(pointer, 0) }

    /// Messages queued or in flight.
    public final var pendingCount: Int { Int(rd_kafka_outq_len(pointer)) }

    /// Waits until everything queued has been delivered or has failed, serving delivery reports.
    ///
    /// - Throws: an indefinite error if something is still pending at the deadline.
    public final func flush(within deadline: Duration = .seconds(60)) throws {
        let code = rd_kafka_flush(pointer, Int32(deadline.wholeMilliseconds))
        try KafkaError.check(code, "flushing, with \(pendingCount) message(s) pending after \(deadline)")
    }

    /// What became of the messages since this was last called. Call `flush` before to have it complete.
    public final func takeReport() -> DeliveryReport {
        defer { context.report = DeliveryReport() }
        return context.report
    }

    /// Errors of the client as a whole since this was last called.
    public final func takeErrors() -> [KafkaError] { context.takeErrors() }

    /// Flushes as long as the deadline allows, drops what remains and frees the handle. Safe to call twice.
    ///
    /// - Returns: whether everything was delivered or had failed, and the handle was freed, in time.
    @discardableResult
    public final func close(within deadline: Duration = .seconds(10)) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        let end = ContinuousClock.now + deadline
        let isFlushed = rd_kafka_flush(pointer, Int32(deadline.wholeMilliseconds)) == RD_KAFKA_RESP_ERR_NO_ERROR
        if !isFlushed {
            rd_kafka_purge(pointer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT)
            rd_kafka_poll(pointer, 0)
        }
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
        topics = [:]
        return handle.destroy(within: max(.milliseconds(500), end - .now)) && isFlushed
    }

    deinit {
        for topic in topics.values { rd_kafka_topic_destroy(topic) }
    }

    final func topic(_ name: String) throws -> OpaquePointer {
        if let known = topics[name] { return known }
        guard let topic = rd_kafka_topic_new(pointer, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "opening topic \(name)")
        }
        topics[name] = topic
        return topic
    }

    final func refusal(_ code: rd_kafka_resp_err_t, topic: String, bytes: Int) -> KafkaError {
        if code == RD_KAFKA_RESP_ERR__FATAL, let fatal = KafkaError.fatal(of: pointer) {
            return fatal.whileDoing("sending to \(topic)")
        }
        return KafkaError(code, "sending a message of \(bytes) bytes to \(topic)")
    }

    private func withBytes(_ array: [UInt8]?, _ body: (UnsafeRawBufferPointer?) throws -> Void) throws {
        guard let array else { return try body(nil) }
        try array.withUnsafeBytes { try body($0) }
    }
}
