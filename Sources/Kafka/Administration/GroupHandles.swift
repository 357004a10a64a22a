internal import Crdkafka
internal import Synchronization

/// A handle for each group whose committed offsets have been asked for. It has the group's name and joins nothing.
///
/// The first few are kept for the next question: finding the coordinator takes longer than the answer. The others are
/// made for each question and destroyed after it: a handle that waits still wakes up every second and spins, and twenty
/// of them cost more than they do when they are made anew every ten seconds. One is gone before the next is made, so that
/// their threads, and the memory that each thread's allocator keeps, are those of one.
final class GroupHandles: Sendable {
    /// A pipeline has four groups.
    private static let limit = 4
    private let kept = Mutex<[String: Handle]>([:])

    func withHandle<Answer>(
        of group: String, _ settings: ClientSettings, _ body: (OpaquePointer) throws -> Answer
    ) throws -> Answer {
        if let known = kept.withLock({ $0[group] }) {
            defer { withExtendedLifetime(known) {} }
            return try body(known.pointer)
        }
        // What is committed, whatever transaction is about to commit more: a lag must not wait for it.
        let properties = [("group.id", group), ("isolation.level", "read_uncommitted")] + settings.adminProperties()
        let new = try Handle(RD_KAFKA_CONSUMER, properties, context: HandleContext(log: settings.log))
        let isKept = kept.withLock { kept in
            guard kept[group] == nil, kept.count < Self.limit else { return false }
            kept[group] = new
            return true
        }
        defer { if !isKept { new.destroy(within: .seconds(2)) } }
        return try body(new.pointer)
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
