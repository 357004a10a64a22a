import Foundation
import Synchronization

/// A piece of work on a thread of its own, whose result the loop picks up.
final class Work: Sendable {
    let name: String
    let context = WorkContext()
    private let result = Mutex<Result<any Sendable, any Error>?>(nil)
    private let isDone = DispatchSemaphore(value: 0)

    init(name: String, body: @escaping @Sendable (WorkContext) throws -> any Sendable) {
        self.name = name
        let thread = Thread { [self] in
            let outcome = Result { try body(context) }
            result.withLock { $0 = outcome }
            isDone.signal()
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// The result, once, when there is one.
    func takeResult() -> Result<any Sendable, any Error>? {
        result.withLock { result in
            defer { result = nil }
            return result
        }
    }

    /// Waits for the end of the work.
    /// - Returns: whether it came in time.
    func wait(for duration: Duration) -> Bool {
        isDone.wait(timeout: .now() + .microseconds(Int(duration.components.seconds * 1_000_000))) == .success
    }
}
