internal import Dispatch
internal import Foundation
internal import Synchronization

/// Turns SIGINT and SIGTERM into something that services can wait for. The first signal asks for an orderly stop; the
/// second, by somebody who has lost patience, ends the process at once.
public final class StopSignal: Sendable {
    private struct State {
        var reason: Reason?
        var waiters: [Int: CheckedContinuation<Reason, Never>] = [:]
        var cancelled: Set<Int> = []
        var nextWaiter = 0
        var sources: [Source] = []
    }

    /// Unchecked: libdispatch's objects may be retained, released and cancelled on any thread (dispatch_object(3));
    /// this one is only kept alive.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }

    public enum Reason: Sendable, Equatable {
        case interrupt
        case terminate
        /// `request()` was called, or the waiting task was cancelled.
        case requested

        /// What a program that was stopped before its work was done should exit with.
        public var exitCode: ExitCode {
            switch self {
            case .interrupt: .interrupted
            case .terminate: .terminated
            case .requested: .success
            }
        }
    }

    private let state = Mutex(State())

    public init() {}

    /// A stop signal that SIGINT and SIGTERM raise from now on.
    public static func installed() -> StopSignal {
        let stop = StopSignal()
        for (number, reason) in [(SIGINT, Reason.interrupt), (SIGTERM, Reason.terminate)] {
            // Dispatch sees signals beside the process's own disposition, which would end the process first.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [weak stop] in
                guard let stop else { return }
                if !stop.raise(reason) {
                    KeyboardMode.restoreTerminal()
                    _exit(reason.exitCode.rawValue)
                }
            }
            source.resume()
            let kept = Source(source: source)
            stop.state.withLock { $0.sources.append(kept) }
        }
        return stop
    }

    /// Why to stop, once somebody asked.
    public var reason: Reason? { state.withLock { $0.reason } }
    public var isRaised: Bool { reason != nil }

    /// Asks for a stop from within the program. Does nothing when one was asked for before.
    public func request() { _ = raise(.requested) }

    /// Waits until a stop is asked for, or the task is cancelled.
    public func wait() async -> Reason {
        let number = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let known: Reason? = state.withLock { state in
                    if let reason = state.reason { return reason }
                    // Cancelled before it began to wait: the handler below has come and gone.
                    if state.cancelled.remove(number) != nil { return .requested }
                    state.waiters[number] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiters.removeValue(forKey: number)
                if waiter == nil { state.cancelled.insert(number) }
                return waiter
            }
            waiter?.resume(returning: .requested)
        }
    }

    /// False when a stop had been asked for already.
    func raise(_ reason: Reason) -> Bool {
        let waiters: [CheckedContinuation<Reason, Never>]? = state.withLock { state in
            guard state.reason == nil else { return nil }
            state.reason = reason
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        guard let waiters else { return false }
        for waiter in waiters { waiter.resume(returning: reason) }
        return true
    }
}
