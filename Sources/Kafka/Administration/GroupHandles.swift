internal import Crdkafka
internal import Synchronization

/// A handle for each group whose committed offsets have been asked for. It has the group's name, joins nothing, and is
/// kept for the next question: finding the coordinator takes longer than the answer.
final class GroupHandles: Sendable {
    private struct State {
        var handles: [String: Handle] = [:]
        /// The longest kept first.
        var order: [String] = []
    }

    /// Each handle has threads and connections. One let go of is destroyed when its last user is done.
    private static let limit = 64
    private let state = Mutex(State())

    func handle(of group: String, _ settings: ClientSettings) throws -> Handle {
        if let known = state.withLock({ $0.handles[group] }) { return known }
        // What is committed, whatever transaction is about to commit more: a lag must not wait for it.
        let properties = [("group.id", group), ("isolation.level", "read_uncommitted")] + settings.adminProperties()
        let new = try Handle(RD_KAFKA_CONSUMER, properties, context: HandleContext(log: settings.log))
        let (kept, _) = state.withLock { state -> (Handle, Handle?) in
            if let kept = state.handles[group] { return (kept, nil) }
            state.handles[group] = new
            state.order.append(group)
            guard state.order.count > Self.limit else { return (new, nil) }
            return (new, state.handles.removeValue(forKey: state.order.removeFirst()))
        }
        return kept
    }

    func close(within deadline: Duration) -> Bool {
        let all = state.withLock { state in
            defer { state = State() }
            return state.handles
        }
        let end = ContinuousClock.now + deadline
        return all.values.reduce(true) { done, handle in
            handle.destroy(within: max(.zero, ContinuousClock.now.duration(to: end))) && done
        }
    }
}
