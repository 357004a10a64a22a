internal import Crdkafka
internal import Dispatch
internal import Foundation

/// Owns one `rd_kafka_t` and the context that its callbacks use.
///
/// `@unchecked Sendable`: the library's handles are safe to use from any thread (its INTRODUCTION.md, "Threads and
/// callbacks"), and the one mutable field is touched by the owner that closes it.
final class Handle: @unchecked Sendable {
    let pointer: OpaquePointer
    private let context: HandleContext
    private(set) var isDestroyed = false

    /// Done once, before the library has threads.
    private static let sharesArena: Void = crdkafka_share_arena()

    init(
        _ type: rd_kafka_type_t, _ properties: [(name: String, value: String)], context: HandleContext,
        configure: (OpaquePointer) -> Void = { _ in }
    ) throws {
        Self.sharesArena
        let configuration = try Configuration(properties, context: context)
        configuration.withPointer(configure)
        pointer = try configuration.makeHandle(type)
        self.context = context
    }

    /// Destroys the handle on a thread of its own and waits for it, at most until the deadline. A destruction that
    /// hangs (the library has had such defects) costs a thread, not the worker.
    ///
    /// - Returns: whether it was done in time.
    @discardableResult
    func destroy(within deadline: Duration) -> Bool {
        guard !isDestroyed else { return true }
        isDestroyed = true
        let done = DispatchSemaphore(value: 0)
        // The context outlives the handle: the thread keeps `self`.
        Thread.detachNewThread { [self] in
            // Closing is the consumer's own, bounded affair; here nothing may wait for a broker.
            rd_kafka_destroy_flags(pointer, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
            withExtendedLifetime(context) {}
            done.signal()
        }
        return done.wait(timeout: .now() + .milliseconds(deadline.wholeMilliseconds)) == .success
    }

    deinit {
        // A handle forgotten by a failed initialiser or an early exit: never wait here, and never leak its threads.
        guard !isDestroyed else { return }
        let leftover = Leftover(pointer: pointer, context: context)
        Thread.detachNewThread { leftover.destroy() }
    }

    /// What remains of a handle nobody closed. `@unchecked Sendable`: handed over whole, used by one thread.
    private struct Leftover: @unchecked Sendable {
        let pointer: OpaquePointer
        let context: HandleContext

        func destroy() {
            rd_kafka_destroy_flags(pointer, Int32(RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE))
            withExtendedLifetime(context) {}
        }
    }
}
