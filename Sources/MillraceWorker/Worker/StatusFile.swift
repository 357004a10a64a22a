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
                let content = try? JSONDecoder().decode(Content.self, from: data),
                ProcessIdentity(number: content.process, start: content.start).isAlive
            else { return nil }
            return content
        }
    }
}
