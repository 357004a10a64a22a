import Dispatch

/// Runs handlers on threads of their own, so that the server answers even when whatever else the process does has taken
/// every thread of the shared pool; a handler may wait without holding up others.
final class HandlerExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "millrace.http.handlers", attributes: .concurrent)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
