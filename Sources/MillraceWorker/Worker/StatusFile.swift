import Foundation
public import Millrace

/// `status/<instance>.json` in the pipeline's folder: what this process is doing, written every second. Only for
/// people and `millrace status`; nothing is decided by it.
public struct StatusFile: Sendable {
    /// What one process says of itself.
    public struct Content: Codable, Sendable {
        public var process: Int32
        public var instance: String
        public var updated: Timestamp
        public var roles: [RoleHealth.State]
        public var ingest: IngestStatus?
    }

    private let path: String
    private let instance: String

    init(pipeline: Pipeline, instance: String) {
        path = "\(Self.folder(of: pipeline))/\(instance).json"
        self.instance = instance
    }

    private static func folder(of pipeline: Pipeline) -> String { "\(pipeline.folder)/status" }

    func write(_ content: Content) throws {
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
                kill(content.process, 0) == 0 || errno == EPERM
            else { return nil }
            return content
        }
    }
}
