public import Millrace
import Synchronization

/// What a piece of work on its own thread may ask and tell.
public final class WorkContext: Sendable {
    private let isCancelledFlag = Atomic<Bool>(false)
    private let notes = Mutex<[OutgoingRecord]>([])

    init() {}

    /// True once the worker is stopping or the work is no longer wanted. Long work looks at it often.
    public var isCancelled: Bool { isCancelledFlag.load(ordering: .acquiring) }

    func cancel() { isCancelledFlag.store(true, ordering: .releasing) }

    /// Sends a record (progress) from the loop's thread soon, outside of any transaction.
    public func notify(_ record: OutgoingRecord) {
        notes.withLock { $0.append(record) }
    }

    func takeNotes() -> [OutgoingRecord] {
        notes.withLock { notes in
            defer { notes.removeAll() }
            return notes
        }
    }
}

/// Thrown by work that has seen `isCancelled`.
public struct WorkCancelled: Error {
    public init() {}
}
