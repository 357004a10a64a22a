/// `manifest.json` of a dataset: what its files hold. Column files are described by type, so that a reader need not
/// guess: `id` and `text` are `|S` texts (null: empty), `decimal` and `float` are `<f8` (null: NaN), `integer`,
/// `boolean` and `time` (µs) are `<i8` (null: the least integer).
public struct DatasetManifest: Codable, Sendable, Equatable {
    public struct ColumnFile: Codable, Sendable, Equatable {
        public var name: String
        /// `id`, `text`, `decimal`, `float`, `integer`, `boolean` or `time`.
        public var type: String
        public var file: String
    }

    public var window: Window
    public var featureHash: String
    public var features: [String]
    public var rows: Int
    public var isCold: Bool
    /// The slices that went in, as `topic/partition/sequence`.
    public var slices: [String]
    public var columns: [ColumnFile]
    /// The name of the column that holds the events' ids.
    public var idColumn: String
    /// All other files of the folder.
    public var files: [FileReference]
}

extension ColumnType {
    var manifestName: String {
        switch self {
        case .id: "id"
        case .text: "text"
        case .decimal: "decimal"
        case .float: "float"
        case .integer: "integer"
        case .boolean: "boolean"
        case .time: "time"
        }
    }

    @inlinable package var isText: Bool { self == .id || self == .text }
}
