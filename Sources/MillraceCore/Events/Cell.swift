/// How a value of any column type lies in 64 bits. All columns of a slice have this width, so builders, files and
/// readers treat them alike.
///
/// | type | bits | null |
/// |---|---|---|
/// | decimal, integer, boolean, time | an `Int64` (decimal: scaled; boolean: 0 or 1; time: µs since 1970) | `Int64.min` |
/// | float | an IEEE double; infinities and NaN are never values | the quiet NaN |
/// | id, text | top bit 0: the text is this canonical decimal number; top bit 1: length (23 bits) and offset (40 bits) of the UTF-8 text in the column's heap | all ones |
///
/// An id such as `123` takes no heap at all, and equals the text `"123"`; `"0123"` and `"-5"` are texts.
public enum Cell {
    public static let nullInteger = UInt64(bitPattern: .min)
    public static let nullFloat = Double.nan.bitPattern
    public static let nullText = UInt64.max
    public static let maximumTextBytes = (1 << 23) - 2

    @inlinable public static func text(offset: Int, length: Int) -> UInt64 {
        1 << 63 | UInt64(length) << 40 | UInt64(offset)
    }
    /// True when the cell's text is in the heap (and it is not null).
    @inlinable public static func isHeapText(_ cell: UInt64) -> Bool { cell >> 63 == 1 && cell != nullText }
    @inlinable public static func textOffset(_ cell: UInt64) -> Int { Int(cell & (1 << 40 - 1)) }
    @inlinable public static func textLength(_ cell: UInt64) -> Int { Int(cell >> 40 & (1 << 23 - 1)) }

    /// The null cell of a type.
    @inlinable public static func null(_ type: ColumnType) -> UInt64 {
        switch type {
        case .id, .text: nullText
        case .float: nullFloat
        case .decimal, .integer, .boolean, .time: nullInteger
        }
    }
}

/// One column of a table: a cell a row, and the bytes of the texts that do not fit in a cell.
public struct CellColumn: Sendable, Equatable {
    public var cells: [UInt64]
    public var heap: [UInt8]

    public init(cells: [UInt64] = [], heap: [UInt8] = []) {
        self.cells = cells
        self.heap = heap
    }

    /// The text of an id or text cell; nil when null.
    public func text(_ row: Int) -> String? {
        let cell = cells[row]
        if cell == Cell.nullText { return nil }
        guard Cell.isHeapText(cell) else { return String(cell) }
        let start = Cell.textOffset(cell)
        return String(decoding: heap[start..<start + Cell.textLength(cell)], as: UTF8.self)
    }

    public func integer(_ row: Int) -> Int64? {
        let cell = cells[row]
        return cell == Cell.nullInteger ? nil : Int64(bitPattern: cell)
    }
}

/// Rows with their event time, in the order of their offsets.
public struct RowTable: Sendable, Equatable {
    public var columns: [Column]
    /// Event time (of a label: the time from which it is known) in µs since 1970.
    public var times: [Int64]
    /// One per column, each as long as `times`.
    public var values: [CellColumn]

    public init(columns: [Column], times: [Int64] = [], values: [CellColumn]? = nil) {
        self.columns = columns
        self.times = times
        self.values = values ?? columns.map { _ in CellColumn() }
    }

    public var count: Int { times.count }
    public func column(_ name: String) -> CellColumn? {
        columns.firstIndex { $0.name == name }.map { values[$0] }
    }
}

extension LabelSource {
    /// The columns of a label slice, whatever the payload calls them. `value` is 1, 0, or −1 for withdrawn;
    /// `known` is the later of `reported` and the record's timestamp (and not before the slice's window).
    public static let sliceColumns = [
        Column(name: "event", type: .id),
        Column(name: "reported", type: .time(.unixMicroseconds)),
        Column(name: "known", type: .time(.unixMicroseconds)),
        Column(name: "value", type: .integer),
    ]
}
