/// Puts datasets one after the other, giving equal entities equal codes.
struct DatasetTableBuilder {
    private(set) var table: DatasetTable
    private var codes: [String: [CellKey: Int32]] = [:]
    private var columns: [DatasetManifest.ColumnFile]?

    init(featureHash: String) {
        table = DatasetTable(featureNames: [], featureHash: featureHash)
    }

    mutating func append(_ manifest: DatasetManifest, folder: String) throws(DatasetError) {
        guard manifest.featureHash == table.featureHash else {
            throw DatasetError(
                .mismatch,
                "dataset of \(manifest.window): expected feature hash \(table.featureHash), found "
                    + manifest.featureHash)
        }
        if columns == nil {
            columns = manifest.columns
            table.featureNames = manifest.features
        }
        guard manifest.features == table.featureNames, manifest.columns == columns else {
            throw DatasetError(
                .mismatch, "dataset of \(manifest.window): its columns are not those of the windows before it")
        }
        var files: [String: NPYArray] = [:]
        for file in manifest.files where file.path.hasSuffix(".npy") {
            let name = file.path.split(separator: "/").last.map(String.init) ?? file.path
            files[name] = try NPYArray(decoding: readChecked(file, folder: folder), name: file.path)
        }
        let rows = manifest.rows
        func damaged(_ name: String) -> DatasetError {
            DatasetError(.damaged, "dataset of \(manifest.window): expected \(rows) rows in \(name)")
        }
        // A number of rows that no array could have is no number to reckon with.
        let (cells, overflow) = rows.multipliedReportingOverflow(by: manifest.features.count)
        guard let features = files["features.npy"]?.doubles, rows >= 0, !overflow, features.count == cells else {
            throw damaged("features.npy")
        }
        guard let times = files["times.npy"]?.integers, times.count == rows else { throw damaged("times.npy") }
        for column in manifest.columns {
            guard let array = files[column.file], array.shape == [rows] else { throw damaged(column.file) }
            if let texts = array.texts {
                appendEntities(texts, column: column.name)
                if column.name == manifest.idColumn {
                    for cell in texts.cells { table.ids.append(cell, from: texts, isText: true) }
                }
            } else if let doubles = array.doubles {
                table.numbers[column.name, default: []].append(contentsOf: doubles)
            } else if let integers = array.integers {
                table.numbers[column.name, default: []].append(
                    contentsOf: integers.map { $0 == .min ? .nan : Double($0) })
            }
        }
        guard table.ids.cells.count == table.count + rows else { throw damaged("the id column") }
        table.features.append(contentsOf: features)
        table.times.append(contentsOf: times)
        table.windowList.append(manifest.window)
        table.windowEnds.append(table.count)
    }

    private mutating func appendEntities(_ texts: CellColumn, column name: String) {
        var known = codes.removeValue(forKey: name) ?? [:]
        var entity = table.entities.removeValue(forKey: name) ?? EntityColumn()
        for (row, cell) in texts.cells.enumerated() {
            guard let key = CellKey(texts, row: row) else {
                entity.codes.append(-1)
                continue
            }
            if let code = known[key] {
                entity.codes.append(code)
            } else {
                let code = Int32(entity.values.cells.count)
                known[key] = code
                entity.values.append(cell, from: texts, isText: true)
                entity.codes.append(code)
            }
        }
        codes[name] = known
        table.entities[name] = entity
    }
}
