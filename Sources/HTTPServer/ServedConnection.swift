import Synchronization

/// A client's connection as the server keeps it: its socket, and the moment at which patience ends.
///
/// The library measures silence only; a client that sends a byte now and then would stay for ever.
final class ServedConnection: Sendable {
    let socket: Int32
    private let deadlineNanoseconds: Atomic<Int64>

    init(socket: Int32, patience: Duration) {
        self.socket = socket
        deadlineNanoseconds = Atomic(Self.moment(after: patience))
    }

    /// - Parameter patience: nil while it is the server's turn.
    func wait(_ patience: Duration?) {
        deadlineNanoseconds.store(patience.map(Self.moment(after:)) ?? .max, ordering: .relaxed)
    }

    /// Whether the moment has come; it comes once.
    func isOverdue(at now: Int64) -> Bool {
        guard deadlineNanoseconds.load(ordering: .relaxed) <= now else { return false }
        deadlineNanoseconds.store(.max, ordering: .relaxed)
        return true
    }

    private static let start = ContinuousClock.now

    static func moment(after patience: Duration = .zero) -> Int64 {
        let (seconds, attoseconds) = (start.duration(to: .now) + patience).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
