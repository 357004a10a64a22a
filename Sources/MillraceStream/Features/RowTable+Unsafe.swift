import MillraceCore

/// A column's cells and the texts they name, for as long as a closure lasts.
struct ColumnPointer {
    var cells: UnsafePointer<UInt64>
    var heap: UnsafePointer<UInt8>?
}

extension RowTable {
    /// Calls `body` with a pointer to each column. All columns must be as long as `times`.
    func withColumnPointers<Result>(_ body: ([ColumnPointer]) throws -> Result) rethrows -> Result {
        func descend(_ index: Int, _ pointers: [ColumnPointer]) throws -> Result {
            guard index < values.count else { return try body(pointers) }
            precondition(values[index].cells.count == count, "every column of a table has a cell a row")
            return try values[index].cells.withUnsafeBufferPointer { cells in
                try values[index].heap.withUnsafeBufferPointer { heap in
                    // An empty array has no address; nothing is read through this one.
                    let address = cells.baseAddress ?? UnsafePointer(bitPattern: 8)!
                    return try descend(
                        index + 1, pointers + [ColumnPointer(cells: address, heap: heap.baseAddress)])
                }
            }
        }
        return try descend(0, [])
    }
}
