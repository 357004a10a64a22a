import Dispatch
public import Testing

/// Runs each test on a thread of its own, some at a time: tests of live processes mostly wait, and the tests of a process
/// share one thread a core, so that those who wait would hold up all others.
public struct ThreadsTrait: SuiteTrait, TestTrait, TestScoping {
    private final class Executor: TaskExecutor {
        private let queue = DispatchQueue(label: "millrace.tests", attributes: .concurrent)

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    private let executor = Executor()
    private let places: DispatchSemaphore

    fileprivate init(count: Int) { places = DispatchSemaphore(value: count) }

    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(executor) {
            take()
            defer { places.signal() }
            try await function()
        }
    }

    private func take() { places.wait() }
}

extension Trait where Self == ThreadsTrait {
    /// - Parameter count: how many tests of the suite run at a time.
    public static func onThreads(_ count: Int) -> ThreadsTrait { ThreadsTrait(count: count) }
}
