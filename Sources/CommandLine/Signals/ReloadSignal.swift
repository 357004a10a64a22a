internal import Dispatch
internal import Foundation

/// Calls a function at every SIGHUP, which asks a service to look at its settings again.
///
/// `@unchecked Sendable`: libdispatch's objects may be retained and released on any thread (dispatch_object(3)).
public final class ReloadSignal: @unchecked Sendable {
    private let source: any DispatchSourceSignal

    /// - Parameters:
    ///   - closed: called instead when the signal came because the terminal that the program was started from is gone.
    ///   - reload: called on a thread of the system's, never twice at a time.
    public init(closed: @escaping @Sendable () -> Void, reload: @escaping @Sendable () -> Void) {
        let hadTerminal = isatty(STDIN_FILENO) == 1
        // Dispatch sees signals beside the process's own disposition, which would end the process first.
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP, queue: DispatchQueue(label: "reload"))
        source.setEventHandler {
            if hadTerminal, isatty(STDIN_FILENO) == 0 { closed() } else { reload() }
        }
        source.resume()
    }
}
