public import MillraceCore
import Foundation

extension DatasetCatalog {
    /// What is on disk below a pipeline's folder, for use without a broker. Maturity is taken to have followed the
    /// windows, as it does while the label feed lives; what the log says of silence is not known here.
    public init(stored folder: String, featureHash: String, maturity: Duration) throws(DatasetError) {
        self.init()
        let store = DatasetStore(folder: folder)
        for name in Self.names("\(folder)/datasets/\(featureHash.prefix(12))") {
            let path = "datasets/\(featureHash.prefix(12))/\(name)"
            let reference = try Self.reference("\(path)/manifest.json", folder: folder)
            let manifest: DatasetManifest = try decodeJSON(readChecked(reference, folder: folder), name: path)
            guard manifest.featureHash == featureHash,
                store.manifest(window: manifest.window, featureHash: featureHash) != nil
            else { continue }
            add(
                DatasetReady(
                    window: manifest.window, featureHash: featureHash, rows: manifest.rows, features: manifest.features,
                    folder: path, files: manifest.files + [reference], isCold: manifest.isCold, offsets: [:],
                    slices: manifest.slices, state: nil, slicesRewindOffset: 0))
        }
        let known = try Self.labelFiles(folder)
        for entry in all(featureHash) {
            let file = known[entry.window]
            add(
                LabelsArrived(
                    window: entry.window, file: file, labels: 0, positives: 0, negatives: 0, withdrawn: 0, changed: 0,
                    unmatched: 0, matchRate: nil, maturedThrough: entry.window.end - maturity,
                    lastKnown: entry.window.end, isSilent: false))
        }
    }

    private static func labelFiles(_ folder: String) throws(DatasetError) -> [Window: FileReference] {
        var files: [Window: FileReference] = [:]
        for name in names("\(folder)/labels") {
            let reference = try reference("labels/\(name)/manifest.json", folder: folder)
            let manifest: LabelFile.Manifest = try decodeJSON(
                readChecked(reference, folder: folder), name: reference.path)
            files[manifest.window] = reference
        }
        return files
    }

    private static func reference(_ path: String, folder: String) throws(DatasetError) -> FileReference {
        do throws(FileError) {
            let bytes = try DurableFile.read("\(folder)/\(path)")
            return FileReference(path: path, bytes: bytes.count, sha256: Checksum(of: bytes).description)
        } catch {
            throw DatasetError(error)
        }
    }

    /// Folders that are complete: others begin with a point, and damaged ones are put aside under another name.
    private static func names(_ folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
            !$0.hasPrefix(".") && !$0.hasSuffix(".damaged")
        }.sorted()
    }
}
