import Foundation
import Synchronization

/// Named points at which a process can be made to die as if killed with -9, to prove that a crash there loses nothing.
///
/// `MILLRACE_CRASH_AT=ingest.before-send` kills at the first passage, `…:3` at the third. Without the variable a point
/// costs one comparison.
public enum CrashPoint {
    private static let armed: (name: String, countdown: Countdown)? = {
        guard let text = ProcessInfo.processInfo.environment["MILLRACE_CRASH_AT"], !text.isEmpty else { return nil }
        let parts = text.split(separator: ":", maxSplits: 1)
        return (String(parts[0]), Countdown(parts.count > 1 ? Int(parts[1]) ?? 1 : 1))
    }()

    /// Dies here if this is the point, and the passage, that was asked for.
    public static func reach(_ name: @autoclosure () -> String) {
        guard let armed else { return }
        guard armed.name == name(), armed.countdown.isOver() else { return }
        kill(getpid(), SIGKILL)
        // The signal comes at once, but not before this call returns.
        while true { pause() }
    }
}

private final class Countdown: Sendable {
    private let remaining: Atomic<Int>
    init(_ count: Int) { remaining = Atomic(count) }
    func isOver() -> Bool { remaining.subtract(1, ordering: .relaxed).newValue == 0 }
}
