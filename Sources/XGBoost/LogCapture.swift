internal import CXGBoost
import Foundation
import Synchronization

/// Collects what the library logs on one thread while a closure runs.
///
/// XGBoost keeps its log callback per thread and passes it no context, so lines are filed under the calling thread. A
/// thread that captures nothing logs to standard error, as the library does by default.
enum LogCapture {
    private static let lines = Mutex<[UInt: [String]]>([:])

    static func collect<Result>(_ body: () throws -> Result) rethrows -> (result: Result, lines: [String]) {
        let thread = threadKey()
        lines.withLock { $0[thread] = [] }
        XGBRegisterLogCallback { text in
            guard let text else { return }
            LogCapture.note(String(cString: text))
        }
        let result: Result
        do {
            result = try body()
        } catch {
            lines.withLock { $0[thread] = nil }
            throw error
        }
        return (result, lines.withLock { $0.removeValue(forKey: thread) ?? [] })
    }

    /// What has been collected on this thread so far.
    static var current: [String] {
        let thread = threadKey()
        return lines.withLock { $0[thread] ?? [] }
    }

    private static func note(_ line: String) {
        let thread = threadKey()
        let kept = lines.withLock { filed in
            filed[thread]?.append(line) != nil
        }
        if !kept { FileHandle.standardError.write(Data((line + "\n").utf8)) }
    }

    private static func threadKey() -> UInt { UInt(pthread_self()) }
}
