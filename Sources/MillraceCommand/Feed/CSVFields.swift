/// The fields of a CSV line (RFC 4180, one record a line), as ranges of its bytes.
struct CSVFields {
    /// Ranges of `line`, or of `unescaped` where a quoted field had doubled quotes.
    private var ranges: [(range: Range<Int>, isUnescaped: Bool)] = []
    private var unescaped: [UInt8] = []

    var count: Int { ranges.count }

    /// - Returns: nil when the line could be read, else what is wrong with it.
    mutating func read(_ line: UnsafeRawBufferPointer) -> String? {
        ranges.removeAll(keepingCapacity: true)
        unescaped.removeAll(keepingCapacity: true)
        var index = 0
        while true {
            if index < line.count, line[index] == UInt8(ascii: "\"") {
                guard let end = readQuoted(line, from: index + 1) else {
                    return "a quoted field does not end on its line"
                }
                index = end
                if index < line.count, line[index] != UInt8(ascii: ",") {
                    return "expected ',' after a quoted field, at byte \(index + 1)"
                }
            } else {
                let start = index
                while index < line.count, line[index] != UInt8(ascii: ",") { index += 1 }
                ranges.append((start..<index, false))
            }
            guard index < line.count else { return nil }
            index += 1
        }
    }

    /// - Returns: the index after the closing quote.
    private mutating func readQuoted(_ line: UnsafeRawBufferPointer, from start: Int) -> Int? {
        var index = start
        var hasDoubled = false
        while index < line.count {
            guard line[index] == UInt8(ascii: "\"") else {
                index += 1
                continue
            }
            if index + 1 < line.count, line[index + 1] == UInt8(ascii: "\"") {
                hasDoubled = true
                index += 2
                continue
            }
            guard hasDoubled else {
                ranges.append((start..<index, false))
                return index + 1
            }
            let first = unescaped.count
            var from = start
            while from < index {
                unescaped.append(line[from])
                from += line[from] == UInt8(ascii: "\"") ? 2 : 1
            }
            ranges.append((first..<unescaped.count, true))
            return index + 1
        }
        return nil
    }

    /// A field's bytes; `line` must be the one that was read.
    @inline(__always)
    func with<Result>(
        _ index: Int, of line: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        let (range, isUnescaped) = ranges[index]
        guard isUnescaped else { return try body(UnsafeRawBufferPointer(rebasing: line[range])) }
        return try unescaped.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
}
