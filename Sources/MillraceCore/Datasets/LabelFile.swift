/// The labels that became known in one window, as NumPy reads them: a folder with a file per column (`event`, `reported`,
/// `known`, `value`) and a manifest that names them with their checksums.
public enum LabelFile {
    package struct Manifest: Codable {
        package var window: Window
        package var labels: Int
        package var files: [FileReference]
    }

    /// The folder of a window's labels, below the pipeline's folder.
    public static func folder(of window: Window) -> String { "labels/\(window.fileName)" }

    /// Writes the labels of a window (the columns of `LabelSource.sliceColumns`).
    /// - Returns: the manifest, whose checksum covers the columns' checksums.
    public static func write(_ table: RowTable, window: Window, folder: String) throws(DatasetError) -> FileReference {
        let columns: [(String, NPYArray)] = [
            ("event.npy", NPYArray(texts: table.column("event") ?? .init())),
            ("reported.npy", NPYArray((table.column("reported")?.cells ?? []).map(Int64.init(bitPattern:)))),
            ("known.npy", NPYArray((table.column("known")?.cells ?? []).map(Int64.init(bitPattern:)))),
            ("value.npy", NPYArray((table.column("value")?.cells ?? []).map { Int8(clamping: Int64(bitPattern: $0)) })),
        ]
        var output = try FolderWriter(Self.folder(of: window), below: folder)
        for (name, array) in columns { try output.write(array.encoded, name: name) }
        let manifest = Manifest(window: window, labels: table.count, files: output.files)
        try output.write(canonicalJSON(manifest), name: "manifest.json")
        let files = try output.commit()
        return files[files.count - 1]
    }

    /// The columns' files that a manifest names, whose own checksum has been verified.
    public static func columns(_ reference: FileReference, folder: String) throws(DatasetError) -> [FileReference] {
        let manifest: Manifest = try decodeJSON(readChecked(reference, folder: folder), name: reference.path)
        return manifest.files
    }

    /// Reads the labels that a manifest names, checking all checksums.
    public static func read(_ reference: FileReference, folder: String) throws(DatasetError) -> RowTable {
        let manifest: Manifest = try decodeJSON(readChecked(reference, folder: folder), name: reference.path)
        var arrays: [String: NPYArray] = [:]
        for file in manifest.files {
            let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
            arrays[name] = try NPYArray(decoding: readChecked(file, folder: folder), name: file.path)
        }
        guard let events = arrays["event.npy"]?.texts, let reported = arrays["reported.npy"]?.integers,
            let known = arrays["known.npy"]?.integers, let values = arrays["value.npy"]?.integers,
            Set([events.cells.count, reported.count, known.count, values.count]) == [manifest.labels]
        else {
            throw DatasetError(
                .damaged, "\(reference.path): expected four columns of \(manifest.labels) labels, found something else")
        }
        return RowTable(
            columns: LabelSource.sliceColumns, times: known,
            values: [
                events, CellColumn(cells: reported.map(UInt64.init(bitPattern:))),
                CellColumn(cells: known.map(UInt64.init(bitPattern:))),
                CellColumn(cells: values.map(UInt64.init(bitPattern:))),
            ])
    }
}
