import Foundation
import Synchronization

/// Named points at which a process can be made to die as if killed with -9, to prove that a crash there loses nothing;
/// or at which the thread that comes there can be made to stand still, as before a disk that does not answer.
///
/// `MILLRACE_CRASH_AT=ingest.before-send` kills at the first passage, `…:3` at the third. `MILLRACE_STALL_AT` takes the
/// same, with `=30` behind it for half a minute. Without the variables a point costs two comparisons.
public enum CrashPoint {
    private static let crash = Armed("MILLRACE_CRASH_AT")
    private static let stall = Armed("MILLRACE_STALL_AT")

    /// Dies or stands still here if this is the point, and the passage, that was asked for.
    public static func reach(_ name: @autoclosure () -> String) {
        if let stall, stall.isReached(name()) {
            // Whoever asked for it waits for this word.
            try? FileHandle.standardError.write(contentsOf: Data("stands still at \(stall.name)\n".utf8))
            Thread.sleep(forTimeInterval: stall.seconds)
        }
        guard let crash, crash.isReached(name()) else { return }
        kill(getpid(), SIGKILL)
        // The signal comes at once, but not before this call returns.
        while true { pause() }
    }

    private final class Armed: Sendable {
        let name: String
        let seconds: Double
        private let remaining: Atomic<Int>

        init?(_ variable: String) {
            guard let text = ProcessInfo.processInfo.environment[variable], !text.isEmpty else { return nil }
            let halves = text.split(separator: "=", maxSplits: 1)
            let parts = halves[0].split(separator: ":", maxSplits: 1)
            name = String(parts[0])
            seconds = halves.count > 1 ? Double(halves[1]) ?? 0 : 0
            remaining = Atomic(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }

        func isReached(_ name: String) -> Bool {
            name == self.name && remaining.subtract(1, ordering: .relaxed).newValue == 0
        }
    }
}
