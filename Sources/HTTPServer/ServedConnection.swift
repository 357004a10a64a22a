// The sockets' functions belong to whichever of the two modules the compiler meets first.
import CMicrohttpd
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// A client's connection as the server keeps it: its socket, what is waited for, and the moment at which patience ends.
///
/// The library measures silence only; a client that sends a byte now and then would stay for ever.
final class ServedConnection: Sendable {
    /// What the next move is.
    enum Turn {
        /// The client's: to send a whole request.
        case request
        /// The server's.
        case answer
        /// The client's: to take the answer.
        case taking
    }

    private let socket: Int32
    private let state: Mutex<(turn: Turn, deadline: ContinuousClock.Instant?)>

    init(socket: Int32, patience: Duration) {
        self.socket = socket
        state = Mutex((.request, .now + patience))
    }

    /// - Parameter patience: nil for ever.
    func wait(for turn: Turn, _ patience: Duration?) {
        let deadline = patience.map { ContinuousClock.now + $0 }
        state.withLock { $0 = (turn, deadline) }
    }

    func isOverdue(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.deadline.map { $0 <= now } ?? false }
    }

    /// When patience with its request ends; nil while something else is waited for.
    var requestDeadline: ContinuousClock.Instant? { state.withLock { $0.turn == .request ? $0.deadline : nil } }

    /// Shuts the socket down, once; the library then sees it closed.
    func letGo() {
        state.withLock { $0 = (.answer, nil) }
        shutdown(socket, Int32(SHUT_RDWR))
    }
}
