internal import Crdkafka
internal import Synchronization

/// A handle for each group whose committed offsets have been asked for. It has the group's name and joins nothing.
///
/// The first few are kept for the next question: finding the coordinator takes longer than the answer. The others are
/// made for each question and destroyed after it: a handle that waits still wakes up every second and spins, and twenty
/// of them cost more than they do when they are made anew every ten seconds.
final class GroupHandles: Sendable {
    /// A pipeline has four groups.
    private static let limit = 4
    private let kept = Mutex<[String: Handle]>([:])

    func handle(of group: String, _ settings: ClientSettings) throws -> Handle {
        if let known = kept.withLock({ $0[group] }) { return known }
        // What is committed, whatever transaction is about to commit more: a lag must not wait for it.
        let properties = [("group.id", group), ("isolation.level", "read_uncommitted")] + settings.adminProperties()
        let new = try Handle(RD_KAFKA_CONSUMER, properties, context: HandleContext(log: settings.log))
        return kept.withLock { kept in
            if let known = kept[group] { return known }
            if kept.count < Self.limit { kept[group] = new }
            return new
        }
    }

    func close(within deadline: Duration) -> Bool {
        let all = kept.withLock { kept in
            defer { kept = [:] }
            return kept
        }
        let end = ContinuousClock.now + deadline
        return all.values.reduce(true) { done, handle in
            handle.destroy(within: max(.zero, ContinuousClock.now.duration(to: end))) && done
        }
    }
}
