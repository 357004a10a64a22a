import MillraceCore

/// Little-endian bytes, one value after the other.
struct StateWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ text: String) { append(block: Array(text.utf8)) }

    mutating func append(block: [UInt8]) {
        append(UInt64(block.count))
        bytes.append(contentsOf: block)
    }

    mutating func append<Element: FixedWidthInteger>(_ values: [Element]) {
        append(UInt64(values.count))
        values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ column: CellColumn) {
        append(column.cells)
        append(block: column.heap)
    }

    mutating func append(raw: some Sequence<UInt8>) { bytes.append(contentsOf: raw) }
}

/// Reads what `StateWriter` wrote; nil wherever the bytes end too early.
struct StateReader {
    private let bytes: ArraySlice<UInt8>
    private var position: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    var isAtEnd: Bool { position == bytes.endIndex }

    mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) -> Value? {
        let size = MemoryLayout<Value>.size
        guard bytes.endIndex - position >= size else { return nil }
        defer { position += size }
        return bytes[position..<position + size].withUnsafeBytes {
            Value(littleEndian: $0.loadUnaligned(as: Value.self))
        }
    }

    mutating func block() -> [UInt8]? {
        guard let length = integer(UInt64.self), length <= UInt64(bytes.endIndex - position) else { return nil }
        defer { position += Int(length) }
        return Array(bytes[position..<position + Int(length)])
    }

    mutating func text() -> String? { block().flatMap { String(validating: $0, as: UTF8.self) } }

    mutating func integers<Element: FixedWidthInteger>(_ type: Element.Type = Element.self) -> [Element]? {
        let size = MemoryLayout<Element>.size
        guard let count = integer(UInt64.self), count <= UInt64((bytes.endIndex - position) / size) else { return nil }
        let length = Int(count) * size
        defer { position += length }
        return [Element](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes[position..<position + length])
            initialized = Int(count)
        }
    }

    /// A column of `rows` cells, whose texts (if it has any) lie inside its heap.
    mutating func column(rows: Int, isText: Bool) -> CellColumn? {
        guard let cells = integers(UInt64.self), let heap = block(), cells.count == rows else { return nil }
        if isText {
            for cell in cells where Cell.isHeapText(cell) {
                guard Cell.textOffset(cell) + Cell.textLength(cell) <= heap.count else { return nil }
            }
        }
        return CellColumn(cells: cells, heap: heap)
    }
}
