public import MillraceCore

/// One row kept apart from its batch until its time is confirmed.
public final class HeldRow: RowSource {
    private let chunk: RowChunk
    private let columns: [Column]

    public init(_ source: some RowSource, row: Int, columns: [Column]) {
        self.columns = columns
        chunk = RowChunk(columnCount: columns.count, capacity: 1)
        _ = chunk.append(source, rows: row..<row + 1)
    }

    public var bytes: Int { chunk.bytes }
    /// Overwrites an integer cell: a label's `known`.
    public func set(_ column: Int, _ value: Int64) { chunk.setLast(column, UInt64(bitPattern: value)) }

    public func cells(_ column: Int) -> UnsafePointer<UInt64> { chunk.column(column).baseAddress! }
    public func heap(_ column: Int) -> UnsafeRawBufferPointer { chunk.heap(column) }
    public func isText(_ column: Int) -> Bool { columns[column].type == .id || columns[column].type == .text }
    public var hasTexts: Bool { chunk.heapBytes > 0 }
}
