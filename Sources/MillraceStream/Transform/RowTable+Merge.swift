public import MillraceCore

extension RowTable {
    /// Tables of the same columns as one, ordered by time; rows of the same time in the order of the tables, and within
    /// a table as they were. So what the order of the tables is, topic and partition, decides ties.
    public static func merged(_ tables: [RowTable], columns: [Column]) -> RowTable {
        var all = RowTable(columns: columns)
        let count = tables.reduce(0) { $0 + $1.count }
        all.times.reserveCapacity(count)
        for index in columns.indices { all.values[index].cells.reserveCapacity(count) }
        for table in tables {
            all.times.append(contentsOf: table.times)
            for index in columns.indices { all.values[index].append(table.values[index], type: columns[index].type) }
        }
        guard !zip(all.times, all.times.dropFirst()).allSatisfy({ $0 <= $1 }) else { return all }
        // Sorting pairs of (time, position) keeps the order of equal times.
        let order = all.times.indices.sorted { (all.times[$0], $0) < (all.times[$1], $1) }
        return all.reordered(order)
    }

    /// The rows at `order`, in that order.
    public func reordered(_ order: [Int]) -> RowTable {
        var table = RowTable(columns: columns)
        table.times = order.map { times[$0] }
        // Cells name their texts by offset, so the heap goes along whole.
        table.values = values.map { column in
            CellColumn(cells: order.map { column.cells[$0] }, heap: column.heap)
        }
        return table
    }
}

extension CellColumn {
    /// Appends another column's rows; texts of its heap move behind those here.
    mutating func append(_ other: CellColumn, type: ColumnType) {
        let shift = heap.count
        if type == .id || type == .text, shift > 0, !other.heap.isEmpty {
            cells.append(
                contentsOf: other.cells.lazy.map { cell in
                    Cell.isHeapText(cell)
                        ? Cell.text(offset: Cell.textOffset(cell) + shift, length: Cell.textLength(cell)) : cell
                })
        } else {
            cells.append(contentsOf: other.cells)
        }
        heap.append(contentsOf: other.heap)
    }
}
