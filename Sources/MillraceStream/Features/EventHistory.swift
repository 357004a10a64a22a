import MillraceCore

/// The events within reach of the aggregates, with the columns that aggregates read: what the engine's state is made of.
/// Kept in chunks, which are dropped whole.
struct EventHistory {
    /// Indices of the columns that are kept.
    let columns: [Int]
    let types: [ColumnType]
    private var chunks: [RowTable] = []
    private static let chunkRows = 8192

    init(columns: [Int], of all: [Column]) {
        self.columns = columns
        types = columns.map { all[$0].type }
    }

    mutating func append(_ events: RowTable) {
        guard events.count > 0 else { return }
        if chunks.last.map({ $0.count + events.count > Self.chunkRows }) ?? true {
            chunks.append(RowTable(columns: columns.map { events.columns[$0] }))
        }
        let last = chunks.count - 1
        chunks[last].times.append(contentsOf: events.times)
        for (index, column) in columns.enumerated() {
            chunks[last].values[index].append(
                contentsOf: events.values[column], rows: 0..<events.count, isText: types[index].isText)
        }
    }

    mutating func forget(through time: Int64) {
        let gone = chunks.prefix { $0.times[$0.count - 1] <= time }.count
        if gone > 0 { chunks.removeFirst(gone) }
    }

    /// The events after `time`, as one table.
    func events(after time: Int64) -> RowTable {
        var table = RowTable(columns: chunks.first?.columns ?? [])
        guard !chunks.isEmpty else { return table }
        for chunk in chunks {
            let first = chunk.times.partitioningIndex { $0 > time }
            table.times.append(contentsOf: chunk.times[first...])
            for index in columns.indices {
                table.values[index].append(
                    contentsOf: chunk.values[index], rows: first..<chunk.count, isText: types[index].isText)
            }
        }
        return table
    }
}

extension CellColumn {
    /// Appends some rows of another column of the same type, with the texts that they use and no others.
    mutating func append(contentsOf other: CellColumn, rows: Range<Int>, isText: Bool) {
        guard isText, !other.heap.isEmpty else {
            cells.append(contentsOf: other.cells[rows])
            return
        }
        for row in rows { append(other.cells[row], from: other, isText: true) }
    }
}

extension Array {
    /// The index of the first element for which the predicate holds, when it holds for all after it.
    func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if predicate(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
