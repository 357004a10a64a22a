/// The datasets of some windows, one after the other, in memory.
public struct DatasetTable: Sendable, Equatable {
    /// The windows, in order, each with the index after its last row.
    public var windows: [(window: Window, end: Int)] {
        zip(windowList, windowEnds).map { ($0, $1) }
    }
    public internal(set) var windowList: [Window] = []
    public internal(set) var windowEnds: [Int] = []
    public internal(set) var featureHash: String
    public internal(set) var featureNames: [String]
    /// Row-major: the value of feature `f` of row `r` is `features[r * featureNames.count + f]`; NaN is missing.
    public internal(set) var features: [Double] = []
    /// Event times in µs since 1970, never falling.
    public internal(set) var times: [Int64] = []
    /// The id column of the events, as labels name them.
    public internal(set) var ids = CellColumn()
    /// The id and text columns by name.
    public internal(set) var entities: [String: EntityColumn] = [:]
    /// The other columns by name, as numbers (a decimal unscaled, a time in µs); NaN is null.
    public internal(set) var numbers: [String: [Double]] = [:]

    public init(
        featureNames: [String], featureHash: String = "", features: [Double] = [], times: [Int64] = [],
        ids: CellColumn = .init(), entities: [String: EntityColumn] = [:], numbers: [String: [Double]] = [:]
    ) {
        self.featureNames = featureNames
        self.featureHash = featureHash
        self.features = features
        self.times = times
        self.ids = ids
        self.entities = entities
        self.numbers = numbers
    }

    public var count: Int { times.count }

    /// The rows at `indices`, in that order. The result belongs to no windows.
    public func selecting(_ indices: [Int]) -> DatasetTable {
        var table = DatasetTable(featureNames: featureNames, featureHash: featureHash)
        let width = featureNames.count
        table.features.reserveCapacity(indices.count * width)
        for row in indices { table.features.append(contentsOf: features[row * width..<(row + 1) * width]) }
        table.times = indices.map { times[$0] }
        // Cells name their texts by offset, so the heap goes along whole.
        table.ids = CellColumn(cells: indices.map { ids.cells[$0] }, heap: ids.heap)
        table.entities = entities.mapValues { column in
            EntityColumn(codes: indices.map { column.codes[$0] }, values: column.values)
        }
        table.numbers = numbers.mapValues { values in indices.map { values[$0] } }
        return table
    }
}

/// A column of ids or texts by dictionary: equal values have equal codes within one table.
public struct EntityColumn: Sendable, Equatable {
    /// A code a row, −1 for null.
    public var codes: [Int32]
    /// The value of each code.
    public var values: CellColumn

    public init(codes: [Int32] = [], values: CellColumn = .init()) {
        self.codes = codes
        self.values = values
    }

    /// Number of different values.
    public var valueCount: Int { values.cells.count }
    /// The text of a code.
    public func name(_ code: Int32) -> String? { code < 0 ? nil : values.text(Int(code)) }
}

/// The text of an id or text cell as a key of a dictionary: `123` and `"123"` are equal.
public enum CellKey: Hashable, Sendable {
    case number(UInt64)
    case text(String)

    /// Nil for null.
    public init?(_ column: CellColumn, row: Int) {
        let cell = column.cells[row]
        if cell == Cell.nullText { return nil }
        self = Cell.isHeapText(cell) ? .text(column.text(row) ?? "") : .number(cell)
    }
}
