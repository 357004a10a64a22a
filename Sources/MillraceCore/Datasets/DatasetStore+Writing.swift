/// The rows of one window, ready to be written.
public struct DatasetContent: Sendable {
    public var window: Window
    public var featureHash: String
    public var featureNames: [String]
    /// Row-major.
    public var features: [Double]
    /// The events, in the order of the rows.
    public var events: RowTable
    public var idColumn: String
    public var isCold: Bool
    public var slices: [String]
    /// `profile.json`; nil for none.
    public var profile: [UInt8]?

    public init(
        window: Window, featureHash: String, featureNames: [String], features: [Double], events: RowTable,
        idColumn: String, isCold: Bool, slices: [String], profile: [UInt8]? = nil
    ) {
        self.window = window
        self.featureHash = featureHash
        self.featureNames = featureNames
        self.features = features
        self.events = events
        self.idColumn = idColumn
        self.isCold = isCold
        self.slices = slices
        self.profile = profile
    }
}

extension DatasetStore {
    /// Writes a dataset's folder: features, times, every column of the events, profile and manifest. The bytes depend on
    /// the content alone, never on settings outside the feature set (which may change without a new hash).
    /// - Returns: all files, the manifest last.
    public func write(_ content: DatasetContent) throws(DatasetError) -> [FileReference] {
        var output = try FolderWriter(
            Self.path(window: content.window, featureHash: content.featureHash), below: folder)
        try output.write(
            NPYArray(
                type: .float64, shape: [content.events.count, content.featureNames.count],
                data: content.features.withUnsafeBytes { Array($0) }
            ).encoded, name: "features.npy")
        try output.write(NPYArray(content.events.times).encoded, name: "times.npy")
        var columns: [DatasetManifest.ColumnFile] = []
        for (column, values) in zip(content.events.columns, content.events.values) {
            let file = "column-\(Self.fileName(column.name)).npy"
            columns.append(.init(name: column.name, type: column.type.manifestName, file: file))
            try output.write(Self.array(values, type: column.type).encoded, name: file)
        }
        if let profile = content.profile { try output.write(profile, name: "profile.json") }
        let manifest = DatasetManifest(
            window: content.window, featureHash: content.featureHash, features: content.featureNames,
            rows: content.events.count, isCold: content.isCold, slices: content.slices, columns: columns,
            idColumn: content.idColumn, files: output.files)
        try output.write(canonicalJSON(manifest), name: "manifest.json")
        return try output.commit()
    }

    private static func array(_ column: CellColumn, type: ColumnType) -> NPYArray {
        switch type {
        case .id, .text: NPYArray(texts: column)
        case .float: NPYArray(column.cells.map(Double.init(bitPattern:)))
        case .decimal(let scale):
            NPYArray(column.cells.map { NumericCell.double($0, type: .decimal(scale: scale)) })
        case .integer, .boolean, .time: NPYArray(column.cells.map(Int64.init(bitPattern:)))
        }
    }

    /// A column's name with everything but letters, digits, `_` and `-` as `%XX`.
    static func fileName(_ column: String) -> String {
        var text = ""
        for byte in column.utf8 {
            switch byte {
            case 48...57, 65...90, 97...122, 95, 45: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + Checksum.hexadecimal([byte])
            }
        }
        return text
    }
}

/// Numbers of cells.
package enum NumericCell {
    /// Exact powers of ten: the quotient of two exact doubles is correctly rounded.
    @usableFromInline package static let powersOfTen: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// NaN for null. A time is in µs since 1970.
    @inlinable @inline(__always) package static func double(_ cell: UInt64, type: ColumnType) -> Double {
        switch type {
        case .float: Double(bitPattern: cell)
        case .decimal(let scale):
            cell == Cell.nullInteger ? .nan : Double(Int64(bitPattern: cell)) / powersOfTen[scale]
        case .integer, .boolean, .time: cell == Cell.nullInteger ? .nan : Double(Int64(bitPattern: cell))
        case .id, .text: .nan
        }
    }
}
