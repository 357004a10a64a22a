internal import Crdkafka

/// Questions and orders to a cluster: topics, groups, offsets.
///
/// Every call blocks until it is answered or its time is up. Where a cluster cannot answer (the embedded one creates no
/// topics and lists no groups), the error's code is `unsupportedFeature`.
///
/// `@unchecked Sendable`: the library's handles may be used from any thread, and each call has its own result queue.
public final class Admin: @unchecked Sendable {
    let settings: ClientSettings
    let handle: Handle
    /// A second handle, since a handle's isolation decides which end of a partition it is told.
    private let uncommitted: Handle
    var pointer: OpaquePointer { handle.pointer }

    public init(settings: ClientSettings) throws {
        self.settings = settings
        let context = HandleContext(log: settings.log)
        // Consumers, because a producer's question about a topic may create it.
        let common: [(name: String, value: String)] =
            [("allow.auto.create.topics", "false"), ("isolation.level", "read_committed")] + settings.adminProperties()
        handle = try Handle(RD_KAFKA_CONSUMER, common, context: context)
        uncommitted = try Handle(
            RD_KAFKA_CONSUMER, common + [("isolation.level", "read_uncommitted")],
            context: HandleContext(log: settings.log))
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool {
        let isFirstDone = handle.destroy(within: deadline)
        return uncommitted.destroy(within: deadline) && isFirstDone
    }

    /// The handle which is told the last stable offset or the high watermark.
    func handle(_ isolation: ClientSettings.Isolation) -> OpaquePointer {
        isolation == .readCommitted ? handle.pointer : uncommitted.pointer
    }

    /// Makes a request, waits for its result event and reads it.
    func request<Answer>(
        _ operation: rd_kafka_admin_op_t, _ action: String, timeout: Duration,
        send: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void, read: (OpaquePointer) throws -> Answer
    ) throws -> Answer {
        let options = rd_kafka_AdminOptions_new(pointer, operation)!
        defer { rd_kafka_AdminOptions_destroy(options) }
        let milliseconds = Int32(min(timeout.wholeMilliseconds, 3_600_000))
        var text = [CChar](repeating: 0, count: 256)
        try KafkaError.check(
            rd_kafka_AdminOptions_set_request_timeout(options, milliseconds, &text, text.count), action)
        let queue = rd_kafka_queue_new(pointer)!
        defer { rd_kafka_queue_destroy(queue) }
        send(options, queue)
        // The library answers by its own timeout; a second more, lest ours come first.
        guard let event = rd_kafka_queue_poll(queue, milliseconds + 1000) else {
            throw KafkaError(code: .localTimedOut, message: "\(action): no answer after \(timeout)")
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            let reason = rd_kafka_event_error_string(event).map { String(cString: $0) } ?? ""
            throw KafkaError(code: KafkaError.Code(code), message: "\(action): \(reason)")
        }
        return try read(event)
    }
}
