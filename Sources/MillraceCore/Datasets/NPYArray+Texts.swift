extension NPYArray {
    /// The longest text that is written as it is. A longer one is written as `sha256:` and its checksum, in datasets and
    /// label files alike, so that ids and keys still join and one long value does not widen every row.
    public static let longestText = 256

    /// Texts of `|S` type, as wide as the longest (at least 1). A null is empty, and so is an empty text; bytes of value
    /// zero at a text's end are lost, as always in NumPy.
    public init(texts column: CellColumn) {
        var texts: [UInt8] = []
        var ends: [Int] = []
        ends.reserveCapacity(column.cells.count)
        var width = 1
        for cell in column.cells {
            let start = texts.count
            if Cell.isHeapText(cell) {
                let offset = Cell.textOffset(cell)
                let bytes = column.heap[offset..<offset + Cell.textLength(cell)]
                if bytes.count > Self.longestText {
                    texts.append(contentsOf: "sha256:\(Checksum(of: bytes))".utf8)
                } else {
                    texts.append(contentsOf: bytes)
                }
            } else if cell != Cell.nullText {
                Self.append(decimal: cell, to: &texts)
            }
            ends.append(texts.count)
            width = max(width, texts.count - start)
        }
        var data = [UInt8](repeating: 0, count: width * ends.count)
        var start = 0
        for (row, end) in ends.enumerated() {
            for index in start..<end { data[row * width + index - start] = texts[index] }
            start = end
        }
        self.init(type: .bytes(width: width), shape: [ends.count], data: data)
    }

    /// The texts as cells: canonical decimal numbers inline, the empty text as null.
    public var texts: CellColumn? {
        guard case .bytes(let width) = type else { return nil }
        var column = CellColumn()
        column.cells.reserveCapacity(data.count / width)
        for start in stride(from: 0, to: data.count, by: width) {
            var end = start + width
            while end > start, data[end - 1] == 0 { end -= 1 }
            column.append(text: data[start..<end])
        }
        return column
    }

    private static func append(decimal value: UInt64, to bytes: inout [UInt8]) {
        let start = bytes.count
        var rest = value
        repeat {
            bytes.append(48 + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }
}

extension CellColumn {
    /// Appends a text (empty: null), inline when it is a canonical decimal number below 2^63.
    package mutating func append(text: ArraySlice<UInt8>) {
        guard let first = text.first else {
            cells.append(Cell.nullText)
            return
        }
        if text.count <= 19, first != 48 || text.count == 1 {
            var value: UInt64 = 0
            var isNumber = true
            for byte in text {
                guard byte >= 48, byte <= 57 else {
                    isNumber = false
                    break
                }
                value = value * 10 + UInt64(byte - 48)
            }
            if isNumber, value < 1 << 63 {
                cells.append(value)
                return
            }
        }
        cells.append(Cell.text(offset: heap.count, length: text.count))
        heap.append(contentsOf: text)
    }

    /// Appends a cell of another column of the same type.
    @inlinable package mutating func append(_ cell: UInt64, from other: CellColumn, isText: Bool) {
        guard isText, Cell.isHeapText(cell) else {
            cells.append(cell)
            return
        }
        let start = Cell.textOffset(cell)
        cells.append(Cell.text(offset: heap.count, length: Cell.textLength(cell)))
        heap.append(contentsOf: other.heap[start..<start + Cell.textLength(cell)])
    }
}
