import Foundation
public import Millrace

/// Where the broker of `brokers: embedded` can be reached: a file in the pipeline's folder, for as long as the worker
/// that hosts it lives.
public enum EmbeddedAddress {
    static func path(folder: String) -> String { "\(folder)/broker" }

    /// The address of a live embedded broker of the pipeline; nil when none is running.
    public static func read(of pipeline: Pipeline) -> String? {
        guard let text = try? String(contentsOfFile: path(folder: pipeline.folder), encoding: .utf8) else { return nil }
        let parts = text.split(whereSeparator: \.isNewline)
        // The process that wrote it must still be there: after a kill the file stays behind.
        guard parts.count == 2, let process = ProcessIdentity(parts[1]), process.isAlive else { return nil }
        return String(parts[0])
    }

    static func write(_ address: String, folder: String) throws {
        try DurableFile.write(Array("\(address)\n\(ProcessIdentity.current)\n".utf8), to: path(folder: folder))
    }

    static func remove(folder: String) {
        try? FileManager.default.removeItem(atPath: path(folder: folder))
    }
}
