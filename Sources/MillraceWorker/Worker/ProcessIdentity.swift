import Foundation

/// A process that a file speaks of, told apart from another that has got its number since: by the tick of the machine's
/// clock at which it began. Unlike a time it stays the same when the clock on the wall is set.
struct ProcessIdentity: Equatable, CustomStringConvertible {
    let number: Int32
    /// nil where that is not to be learnt.
    let start: UInt64?

    static var current: ProcessIdentity { ProcessIdentity(number: getpid(), start: start(of: getpid())) }

    init(number: Int32, start: UInt64?) {
        self.number = number
        self.start = start
    }

    /// What `description` gives; nil for anything else.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = Int32(parts[0]), number > 0 else { return nil }
        self.init(number: number, start: UInt64(parts[1]))
    }

    var description: String { "\(number) \(start.map { "\($0)" } ?? "-")" }

    /// Whether it is still there.
    var isAlive: Bool {
        guard kill(number, 0) == 0 || errno == EPERM else { return false }
        guard let start, let found = Self.start(of: number) else { return true }
        return found == start
    }

    private static func start(of process: Int32) -> UInt64? {
        // Its name, in parentheses, may hold anything; what follows are numbers, the twentieth of them the tick.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 19 ? UInt64(fields[19]) : nil
    }
}
