import CMicrohttpd
import Synchronization

/// A response that is sent as it comes: bytes that were sent wait here until the client takes them.
///
/// The library asks for bytes on its thread. When there are none its connection is suspended, and resumed with the next.
public final class ResponseStream: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var isOver = false
        /// Set while the library waits for more; a suspended connection stays valid until it is resumed.
        nonisolated(unsafe) var suspended: OpaquePointer?
        var task: Task<Void, Never>?
    }

    /// A client that is further behind than this is let go.
    static let pendingLimit = 512 << 10

    private let state = Mutex(State())

    init() {}

    /// Whether anybody listens.
    public var isOpen: Bool { state.withLock { !$0.isOver } }

    /// - Returns: false when the client has gone, or takes so little that it was let go.
    @discardableResult
    public func send(_ text: String) -> Bool {
        state.withLock { state in
            guard !state.isOver else { return false }
            if state.pending.count + text.utf8.count > Self.pendingLimit {
                Self.end(&state)
                return false
            }
            state.pending += text.utf8
            Self.resume(&state)
            return true
        }
    }

    func produce(_ body: @escaping @Sendable (ResponseStream) async -> Void, on executor: HandlerExecutor) {
        let task = Task(executorPreference: executor) {
            await body(self)
            self.finish()
        }
        state.withLock { $0.task = task }
    }

    /// Ends the stream after what is pending.
    func finish() { state.withLock { Self.end(&$0) } }

    /// Called on the library's thread.
    /// - Parameter suspend: suspends the connection unless the server is stopping.
    func read(
        into buffer: UnsafeMutableRawBufferPointer, connection: OpaquePointer, suspend: () -> Bool
    ) -> Int {
        state.withLock { state in
            guard state.pending.isEmpty else {
                let count = min(buffer.count, state.pending.count)
                state.pending.prefix(count).withUnsafeBytes { buffer.copyMemory(from: $0) }
                state.pending.removeFirst(count)
                return count
            }
            // The library's "end of stream".
            guard !state.isOver, suspend() else { return -1 }
            state.suspended = connection
            return 0
        }
    }

    private static func end(_ state: inout State) {
        state.isOver = true
        state.task?.cancel()
        resume(&state)
    }

    private static func resume(_ state: inout State) {
        guard let connection = state.suspended else { return }
        state.suspended = nil
        MHD_resume_connection(connection)
    }
}
