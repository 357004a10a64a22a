import Foundation
public import Millrace
import Synchronization

/// `status/<instance>.json` in the pipeline's folder: what this process is doing, written every second. Only for
/// people and `millrace status`; nothing is decided by it.
public final class StatusFile: Sendable {
    private let path: String
    private let newest = Mutex<Content?>(nil)

    init(pipeline: Pipeline, instance: String) { path = "\(Self.folder(of: pipeline))/\(instance).json" }

    /// What this process has written last, whether or not the disk took it; nil before the first time.
    public var latest: Content? { newest.withLock { $0 } }

    private static func folder(of pipeline: Pipeline) -> String { "\(pipeline.folder)/status" }

    func write(_ content: Content) throws {
        newest.withLock { $0 = content }
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        // Not synced: losing it costs nothing.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(content).write(to: URL(filePath: path), options: .atomic)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// What the processes that are alive say of themselves.
    public static func readAll(of pipeline: Pipeline) -> [Content] {
        let folder = folder(of: pipeline)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.sorted().compactMap { name in
            guard name.hasSuffix(".json"), let data = FileManager.default.contents(atPath: "\(folder)/\(name)"),
                let content = try? JSONDecoder().decode(Content.self, from: data), isAlive(content)
            else { return nil }
            return content
        }
    }

    /// Whether the process is still there, and not another that has got its number since: that one began after the file
    /// was written last.
    private static func isAlive(_ content: Content) -> Bool {
        guard kill(content.process, 0) == 0 || errno == EPERM else { return false }
        guard let begin = begin(of: content.process) else { return true }
        return begin <= content.updated + .seconds(2)
    }

    /// When a process began; nil where that is not to be learnt.
    private static func begin(of process: Int32) -> Timestamp? {
        // Its name, in parentheses, may hold anything; what follows are numbers, the twentieth of them ticks from the
        // machine's start to the process's.
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        var up = timespec()
        guard clock_gettime(CLOCK_BOOTTIME, &up) == 0 else { return nil }
        let age = Double(up.tv_sec) + Double(up.tv_nsec) / 1e9 - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return .now - .seconds(age)
    }
}
