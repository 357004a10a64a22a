import Foundation
import Kafka
import Millrace
import Synchronization

/// The thread beside ingest: writes slices, makes them durable, sends their messages. So neither a slow disk nor a
/// transaction's round trips hold up reading; what waits here is bounded by the memory budget.
///
/// `@unchecked Sendable`: what is not behind the lock belongs to the thread started in `init` alone, which is joined
/// before anything is freed.
final class IngestOutput: @unchecked Sendable {
    private struct Shared {
        var jobs: [IngestJob] = []
        var first = 0
        var isBusy = false
        var isStopping = false
        var isAbandoned = false
        var reports: [IngestReport] = []
        var failure: (any Error)?
    }

    private let shared = Mutex(Shared())
    private let wake = DispatchSemaphore(value: 0)
    private let isDone = DispatchSemaphore(value: 0)
    private let waitingBytes = Atomic<Int>(0)
    private let lastSlice = Atomic<Int>(0)
    let files: SliceDesk
    let post: IngestPost

    init(files: SliceDesk, post: IngestPost) {
        self.files = files
        self.post = post
        let thread = Thread { [self] in
            run()
            isDone.signal()
        }
        thread.name = "ingest-output"
        thread.stackSize = 8 << 20
        thread.start()
    }

    /// Bytes of chunks handed over and not yet written.
    var queuedBytes: Int { waitingBytes.load(ordering: .relaxed) }

    /// What ended the thread's work.
    var failure: (any Error)? { shared.withLock { $0.failure } }

    var isIdle: Bool { shared.withLock { !$0.isBusy && $0.first >= $0.jobs.count } }

    /// A number for a slice that will be written.
    func newSliceID() -> Int { lastSlice.add(1, ordering: .relaxed).newValue }

    func enqueue(_ job: IngestJob) {
        waitingBytes.add(Self.bytes(of: job), ordering: .relaxed)
        shared.withLock { $0.jobs.append(job) }
        wake.signal()
    }

    func takeReports() -> [IngestReport] {
        shared.withLock { shared in
            defer { if !shared.reports.isEmpty { shared.reports.removeAll() } }
            return shared.reports
        }
    }

    /// Waits until everything handed over is done, or has failed.
    /// - Returns: whether that came in time.
    func drain(within deadline: Duration) -> Bool {
        let end = ContinuousClock.now + deadline
        while shared.withLock({ $0.isBusy || $0.first < $0.jobs.count }) {
            guard ContinuousClock.now < end else { return false }
            Thread.sleep(forTimeInterval: 0.002)
        }
        return true
    }

    /// Does nothing more of what is handed over. What of it waits for its transaction can't be told from what is sent, so
    /// nothing may be handed over afterwards: whoever abandons it begins a new life.
    func abandon() { shared.withLock { $0.isAbandoned = true } }

    func stop(within deadline: Duration) {
        shared.withLock { $0.isStopping = true }
        wake.signal()
        _ = isDone.wait(timeout: .now() + .microseconds(Int(deadline.microseconds)))
    }

    private static func bytes(of job: IngestJob) -> Int {
        switch job {
        case .chunks(let chunks, _, _, _): chunks.reduce(0) { $0 + $1.bytes }
        case .seal(let seal):
            seal.slices.reduce(seal.seal.ledger.count * 40) { $0 + $1.chunks.reduce(0) { $0 + $1.bytes } }
        case .commit(let commit): commit.deadLetters.reduce(0) { $0 + ($1.value?.count ?? 0) + 500 }
        case .drop, .survey: 0
        }
    }

    private func run() {
        var hasFailed = false
        while true {
            let (job, next, isStopping) = shared.withLock { shared -> (IngestJob?, IngestJob?, Bool) in
                guard shared.first < shared.jobs.count else {
                    (shared.jobs, shared.first) = ([], 0)
                    shared.isBusy = false
                    return (nil, nil, shared.isStopping)
                }
                shared.isBusy = true
                let job = shared.jobs[shared.first]
                // Not kept alive by the queue: chunks are large.
                shared.jobs[shared.first] = .drop([])
                shared.first += 1
                return (job, shared.first < shared.jobs.count ? shared.jobs[shared.first] : nil, false)
            }
            guard let job else {
                if isStopping { break }
                wake.wait()
                continue
            }
            // After a failure nobody knows what was committed: the life is over, and nothing more may be sent.
            if !hasFailed, !shared.withLock({ $0.isAbandoned }) {
                do {
                    try carryOut(job, next)
                } catch {
                    hasFailed = true
                    shared.withLock {
                        $0.reports.append(.failed(error))
                        $0.failure = error
                    }
                }
            }
            waitingBytes.subtract(Self.bytes(of: job), ordering: .relaxed)
        }
        files.close()
        post.close()
    }

    private func carryOut(_ job: IngestJob, _ next: IngestJob?) throws {
        switch job {
        case .chunks(let chunks, let slice, let folder, let window):
            try files.write(chunks, slice: slice, folder: folder, window: window)
        case .drop(let slices): files.drop(slices)
        case .seal(let seal):
            let message = try files.write(seal)
            CrashPoint.reach("ingest.files-before-send")
            try post.add(message, seal.commit)
        case .commit(let commit): try post.add(nil, commit)
        case .survey(let question):
            // Without an answer nothing is confirmed, and it is asked again later.
            let answer = (try? post.answer(question)) ?? IdleWatch.Answer(question.number)
            shared.withLock { $0.reports.append(.surveyed(answer)) }
        }
        // Seals that wait together go out in one transaction: each costs the brokers several round trips.
        switch next {
        case .seal, .chunks, .commit, .drop: if !post.isFull { return }
        case .survey, nil: break
        }
        if let report = try post.send() { shared.withLock { $0.reports.append(report) } }
    }
}
