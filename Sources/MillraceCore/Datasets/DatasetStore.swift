import Foundation

/// The datasets below a pipeline's folder: `datasets/<feature hash, 12 digits>/<window>/`.
public struct DatasetStore: Sendable {
    /// The pipeline's folder.
    public let folder: String

    public init(folder: String) {
        self.folder = folder
    }

    /// A dataset's folder, below the pipeline's.
    public static func path(window: Window, featureHash: String) -> String {
        "datasets/\(featureHash.prefix(12))/\(window.fileName)"
    }

    /// Loads the datasets that messages name into one table, in the order of the windows, checking every file against the message's checksums.
    public func load(_ messages: [DatasetReady]) throws(DatasetError) -> DatasetTable {
        var builder = DatasetTableBuilder(featureHash: messages.first?.featureHash ?? "")
        for message in messages.sorted(by: { $0.window < $1.window }) {
            guard let file = message.files.first(where: { $0.path.hasSuffix("/manifest.json") }) else {
                throw DatasetError(
                    .damaged, "dataset.ready of \(message.window): expected a manifest.json among its files")
            }
            try builder.append(try decodeJSON(readChecked(file, folder: folder), name: file.path), folder: folder)
        }
        return builder.table
    }

    /// The manifest of a dataset on disk; nil when there is none.
    public func manifest(window: Window, featureHash: String) -> DatasetManifest? {
        let path = Self.path(window: window, featureHash: featureHash) + "/manifest.json"
        guard let bytes = try? DurableFile.read("\(folder)/\(path)") else { return nil }
        return try? decodeJSON(bytes, name: path)
    }
}
