public import MillraceCore
import Foundation

/// Files of engine state below a pipeline's folder: `state/<feature hash, 12 digits>/<window>.state`, each named by the
/// window after which it holds.
public struct StateCheckpoint: Sendable {
    /// The pipeline's folder.
    public let folder: String

    public init(folder: String) {
        self.folder = folder
    }

    public static func path(window: Window, featureHash: String) -> String {
        "state/\(featureHash.prefix(12))/\(window.fileName).state"
    }

    /// Writes the engine's state after a window.
    public func write(_ engine: FeatureEngine, after window: Window) throws(DatasetError) -> FileReference {
        let path = Self.path(window: window, featureHash: engine.featureHash)
        let bytes = engine.encodedState(at: window.end)
        do {
            try DurableFile.createFolder(DurableFile.folder(of: "\(folder)/\(path)"))
            try DurableFile.write(bytes, to: "\(folder)/\(path)")
        } catch { throw DatasetError(error) }
        return FileReference(path: path, bytes: bytes.count, sha256: Checksum(of: bytes).description)
    }

    /// Restores a new engine from the file that a message names.
    public func restore(_ engine: FeatureEngine, from file: FileReference) throws(DatasetError) -> Timestamp {
        try engine.restore(readChecked(file, folder: folder), name: file.path)
    }

    /// Removes all but the newest files of a feature set. Window names sort as their times do.
    public func retain(newest count: Int, featureHash: String) throws(DatasetError) {
        let path = "\(folder)/state/\(featureHash.prefix(12))"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names.filter({ $0.hasSuffix(".state") && !$0.hasPrefix(".") }).sorted().dropLast(count) {
            do { try DurableFile.remove("\(path)/\(name)") } catch { throw DatasetError(error) }
        }
    }
}
