import MillraceCore

/// Turns a column's values into category codes; unknown and null are missing.
final class CategoryCoder {
    private let codes = CellTable(isText: true)
    private let buckets: UInt64
    private let type: ColumnType

    init(_ encoding: FeatureDeclaration.CategoryEncoding, type: ColumnType) {
        self.type = type
        switch encoding {
        case .hash(let buckets): self.buckets = UInt64(max(1, buckets))
        case .list(let values):
            buckets = 0
            for value in values {
                var column = CellColumn()
                column.append(text: Array(value.utf8)[...])
                _ = column.heap.withUnsafeBufferPointer { codes.insert(column.cells[0], $0.baseAddress) }
            }
        }
    }

    func code(_ cell: UInt64, _ heap: UnsafePointer<UInt8>?) -> Double {
        guard cell != Cell.null(type) else { return .nan }
        if type.isText, buckets == 0 {
            let code = codes.find(cell, heap)
            return code < 0 ? .nan : Double(code)
        }
        if type.isText, Cell.isHeapText(cell), let heap {
            let bytes = UnsafeRawBufferPointer(
                start: heap + Cell.textOffset(cell), count: Cell.textLength(cell))
            return Double(StableHash.hash(bytes) % buckets)
        }
        // Numbers are coded by their text, as the list and people write them.
        let text: String
        switch type {
        case .id, .text: text = String(cell)
        case .boolean: text = cell == 1 ? "true" : "false"
        case .float: text = "\(Double(bitPattern: cell))"
        case .decimal, .integer, .time: text = String(Int64(bitPattern: cell))
        }
        if buckets > 0 { return Double(StableHash.hash(text) % buckets) }
        var column = CellColumn()
        column.append(text: Array(text.utf8)[...])
        let code = column.heap.withUnsafeBufferPointer { codes.find(column.cells[0], $0.baseAddress) }
        return code < 0 ? .nan : Double(code)
    }
}
