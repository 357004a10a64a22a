extension RecordDecoder {
    /// Stands for the id of a record that has none: it repeats no other.
    public static let noID = UInt64.max

    /// Writes what stands for each row's id where one is declared unique: the number itself, or a hash of the text with
    /// the top bit set; `Self.noID` for a row that has none.
    public func writeIdentities(to ids: UnsafeMutablePointer<UInt64>) {
        guard let column = schema.unique?.column else { return }
        let cells = cells(column)
        guard isTextColumn[column] else {
            let null = Cell.null(schema.columns[column].type)
            for row in 0..<count {
                // No value has the bits of null, so a value that has those of `noID` (the integer −1) can take them.
                ids[row] = cells[row] == null ? Self.noID : cells[row] == Self.noID ? null : cells[row]
            }
            return
        }
        let heap = heap(column)
        for row in 0..<count {
            let cell = cells[row]
            ids[row] =
                Cell.isHeapText(cell)
                ? min(Self.hash(heap, Cell.textOffset(cell), Cell.textLength(cell)) | 1 << 63, Self.noID - 1)
                : cell == Cell.nullText ? Self.noID : cell
        }
    }

    /// The same in every process (a successor must find the same duplicates): 64-bit words, multiplied and folded.
    private static func hash(_ heap: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UInt64 {
        var state: UInt64 = 0x243F_6A88_85A3_08D3 ^ UInt64(count)
        var at = start
        let end = start + count
        func mix(_ word: UInt64) {
            let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
            state = product.high ^ product.low &+ word
        }
        while end - at >= 8 {
            mix(heap.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var last: UInt64 = 0
        while at < end {
            last = last << 8 | UInt64(heap[at])
            at += 1
        }
        mix(last)
        mix(UInt64(count) &* 0xD6E8_FEB8_6659_FD93)
        return state
    }
}
