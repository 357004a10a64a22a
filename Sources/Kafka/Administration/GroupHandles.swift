internal import Crdkafka
internal import Synchronization

/// A handle for each group whose committed offsets have been asked for. It has the group's name, joins nothing, and is
/// kept for the next question: finding the coordinator takes longer than the answer.
final class GroupHandles: Sendable {
    private let handles = Mutex<[String: Handle]>([:])

    func handle(of group: String, _ settings: ClientSettings) throws -> Handle {
        if let known = handles.withLock({ $0[group] }) { return known }
        // What is committed, whatever transaction is about to commit more: a lag must not wait for it.
        let properties = [("group.id", group), ("isolation.level", "read_uncommitted")] + settings.adminProperties()
        let new = try Handle(RD_KAFKA_CONSUMER, properties, context: HandleContext(log: settings.log))
        let kept = handles.withLock { handles in
            let kept = handles[group] ?? new
            handles[group] = kept
            return kept
        }
        if kept !== new { new.destroy(within: .zero) }
        return kept
    }

    func close(within deadline: Duration) -> Bool {
        let all = handles.withLock { handles in
            defer { handles = [:] }
            return handles
        }
        let end = ContinuousClock.now + deadline
        return all.values.reduce(true) { done, handle in
            handle.destroy(within: max(.zero, ContinuousClock.now.duration(to: end))) && done
        }
    }
}
