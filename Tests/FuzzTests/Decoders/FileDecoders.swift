import Foundation

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceStream

/// Files of the pipeline's folder and of the registry.
enum FileDecoders {
    static let all = [
        FuzzedDecoder(
            name: "slices", share: 80, seeds: FileSamples.slices,
            words: [
                "MILLSLC1", "\"rows\":", "\"heapBytes\":[", "\"chunks\":[", "\"rangesBytes\":", "\"timeColumn\":", "-1",
            ]
        ) {
            { record in
                do throws(SliceFileError) {
                    let content = try SliceFile.decode(record, path: "a.slice")
                    for (column, values) in zip(content.table.columns, content.table.values) {
                        // Every cell can be read.
                        for row in 0..<content.table.count where column.type.isText { _ = values.text(row) }
                    }
                    let count = content.offsets.reduce(0) { $0 + $1.count }
                    return count == content.table.count ? .accepted : .rejected("")
                } catch { return .rejected(error.message) }
            }
        },
        FuzzedDecoder(name: "ledgers", share: 60, seeds: FileSamples.ledgers, mend: FileSamples.withChecksum) {
            { record in
                do throws(SliceFileError) {
                    let ledger = try Ledger(decoding: record)
                    _ = ledger.nextOffset
                    return .accepted
                } catch { return .rejected(error.message) }
            }
        },
        FuzzedDecoder(name: "engine states", share: 20, seeds: FileSamples.states, mend: FileSamples.withChecksum) {
            { record in
                let engine = try FileSamples.engine()
                do throws(DatasetError) {
                    _ = try engine.restore(record)
                    return .accepted
                } catch { return .rejected(error.message) }
            }
        },
        FuzzedDecoder(
            name: "NPY files", share: 70, seeds: FileSamples.arrays,
            words: [
                "'descr': '<f8'", "'descr': '|S0'", "'|S9999999999'", "'shape': (", "(0, 9999999999999999999)", "True",
                "}",
            ]
        ) {
            { record in
                do throws(DatasetError) {
                    let array = try NPYArray(decoding: record, name: "a.npy")
                    _ = (array.texts?.cells.count, array.doubles?.count, array.integers?.count)
                    return .accepted
                } catch { return .rejected(error.description) }
            }
        },
        FuzzedDecoder(name: "dataset manifests", share: 40, seeds: [FileSamples.dataset.manifest], words: jsonWords) {
            { record in
                do throws(DatasetError) {
                    let manifest: DatasetManifest = try decodeJSON(record, name: "manifest.json")
                    var builder = DatasetTableBuilder(featureHash: manifest.featureHash)
                    try builder.append(manifest, folder: FileSamples.dataset.folder)
                    return .accepted
                } catch { return .rejected(error.description) }
            }
        },
        FuzzedDecoder(name: "label manifests", share: 20, seeds: [FileSamples.dataset.labels], words: jsonWords) {
            let path = "fuzz-\(UInt32.random(in: .min ... .max)).json"
            let folder = FileSamples.dataset.folder
            return { record in
                // As if it were the file that a message names.
                try Data(record).write(to: URL(filePath: "\(folder)/\(path)"))
                let file = FileReference(
                    path: path, bytes: record.count, sha256: Checksum(of: record).description)
                do throws(DatasetError) {
                    _ = try LabelFile.read(file, folder: folder)
                    return .accepted
                } catch { return .rejected(error.description) }
            }
        },
        FuzzedDecoder(name: "registry aliases", share: 10, seeds: [Array(FileSamples.alias.utf8)], words: jsonWords) {
            let registry = try FileSamples.registry()
            return { record in
                try Data(record).write(to: URL(filePath: "\(registry.aliasFolder)/champion.json"))
                do throws(RegistryError) {
                    _ = try registry.alias("champion")
                    return .accepted
                } catch { return .rejected(error.message) }
            }
        },
        FuzzedDecoder(
            name: "registry sums", share: 10, seeds: [Array(FileSamples.sums.utf8)],
            words: ["  ", "\n", "../../../../etc/passwd", "model.ubj", "/", "é"]
        ) {
            let registry = try FileSamples.registry()
            return { record in
                try Data(record).write(to: URL(filePath: "\(registry.folder(of: 1))/SHA256SUMS"))
                do throws(RegistryError) {
                    try registry.verify(version: 1)
                    return .accepted
                } catch { return .rejected(error.message) }
            }
        },
    ]

    private static let jsonWords = [
        "null", "-1", "9223372036854775807", "1e999", "[]", "{}", "\"\"", "\"rows\":", "\"files\":", "\"path\":\"../",
        "\"window\":", "\"columns\":[", "\"type\":\"text\"", "9999-12-31T23:59:59Z", "features.npy", "event.npy",
    ]
}
