internal import Crdkafka
internal import Foundation
internal import Synchronization

/// Questions and orders to a cluster: topics, groups, offsets.
///
/// Every call blocks until it is answered or its time is up. What the embedded cluster cannot do (create, delete and
/// configure topics, list and describe groups) fails at once with the code `unsupportedFeature`.
///
/// `@unchecked Sendable`: the library's handles may be used from any thread, and each call has its own result queue.
public final class Admin: @unchecked Sendable {
    let settings: ClientSettings
    let handle: Handle
    /// A second handle, since a handle's isolation decides which end of a partition it is told; made when it is asked for.
    private let uncommitted = Mutex<Handle?>(nil)
    let groups = GroupHandles()
    /// Not known before the cluster has answered.
    private let embedded = Mutex<Bool?>(nil)
    var pointer: OpaquePointer { handle.pointer }

    public init(settings: ClientSettings) throws {
        self.settings = settings
        handle = try Self.makeHandle(settings, isolation: "read_committed")
    }

    /// A consumer, because a producer's question about a topic may create it.
    private static func makeHandle(_ settings: ClientSettings, isolation: String) throws -> Handle {
        try Handle(
            RD_KAFKA_CONSUMER,
            [("allow.auto.create.topics", "false"), ("isolation.level", isolation)] + settings.adminProperties(),
            context: HandleContext(log: settings.log))
    }

    @discardableResult
    public func close(within deadline: Duration = .seconds(5)) -> Bool {
        let other = uncommitted.withLock { $0.take() }
        let areDone = [
            groups.close(within: deadline), handle.destroy(within: deadline),
            other?.destroy(within: deadline) ?? true,
        ]
        return !areDone.contains(false)
    }

    /// The handle which is told the last stable offset or the high watermark.
    func handle(_ isolation: ClientSettings.Isolation) throws -> Handle {
        guard isolation == .readUncommitted else { return handle }
        return try uncommitted.withLock { known in
            let handle = try known ?? Self.makeHandle(settings, isolation: "read_uncommitted")
            known = handle
            return handle
        }
    }

    /// Whether the cluster is the library's own mock, by the name it gives itself.
    ///
    /// Asked before every request that it does not know: the library of 2.0.2 reports such a request as unsupported,
    /// and its handle never answers again.
    func refuseOnEmbeddedCluster(_ action: String, timeout: Duration) throws {
        if try isEmbedded(timeout: timeout) {
            throw KafkaError(
                code: .unsupportedFeature, message: "\(action): the embedded cluster cannot do this; use a real Kafka")
        }
    }

    private func isEmbedded(timeout: Duration) throws -> Bool {
        if let known = embedded.withLock({ $0 }) { return known }
        guard let name = rd_kafka_clusterid(pointer, Int32(timeout.wholeMilliseconds)) else {
            throw KafkaError(
                code: .localTimedOut,
                message: "no broker of \(settings.brokers) has answered after \(timeout): is the address right?")
        }
        defer { rd_kafka_mem_free(pointer, name) }
        let answer = String(cString: name).hasPrefix("mockCluster")
        embedded.withLock { $0 = answer }
        return answer
    }

    /// Makes a request, waits for its result event and reads it. A coordinator that moves or loads is asked again: the
    /// library gives such answers on for some requests.
    func request<Answer>(
        _ operation: rd_kafka_admin_op_t, _ action: String, timeout: Duration,
        send: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void, read: (OpaquePointer) throws -> Answer
    ) throws -> Answer {
        try refuseOnEmbeddedCluster(action, timeout: timeout)
        return try askingAgain(for: timeout) { left in
            try requestOnce(operation, action, timeout: left, send: send, read: read)
        }
    }

    /// Asks until the answer is another than that a coordinator moves or loads, or the time is up. `ask` is given the
    /// time that is left.
    func askingAgain<Answer>(for timeout: Duration, _ ask: (Duration) throws -> Answer) throws -> Answer {
        let end = ContinuousClock.now + timeout
        while true {
            do {
                return try ask(max(.milliseconds(100), ContinuousClock.now.duration(to: end)))
            } catch let error as KafkaError where Self.isAboutCoordinator(error) && ContinuousClock.now < end {
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
    }

    private static func isAboutCoordinator(_ error: KafkaError) -> Bool {
        [.notCoordinator, .coordinatorNotAvailable, .coordinatorLoading, .waitCoordinator].contains(error.code)
    }

    private func requestOnce<Answer>(
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
