import MillraceCore

/// Texts by number, each kept for as long as events in a ring use it.
final class SharedTexts {
    private let table = CellTable(isText: true)
    private var uses: [Int32] = []

    /// The number of a text, or the null cell.
    func retain(_ cell: UInt64, _ heap: UnsafePointer<UInt8>?) -> UInt64 {
        if cell == Cell.nullText { return cell }
        let (code, _) = table.insert(cell, heap)
        if code >= uses.count { uses.append(contentsOf: repeatElement(0, count: code + 1 - uses.count)) }
        uses[code] += 1
        return UInt64(code)
    }

    func release(_ number: UInt64) {
        if number == Cell.nullText { return }
        uses[Int(number)] -= 1
        if uses[Int(number)] == 0 { table.remove(Int(number)) }
    }

    /// The number of a text in use; −1 for any other.
    func find(_ cell: UInt64, _ heap: UnsafePointer<UInt8>?) -> Int { table.find(cell, heap) }

    /// Appends the text of a number.
    func append(_ number: UInt64, to column: inout CellColumn) { table.append(Int(number), to: &column) }
}
