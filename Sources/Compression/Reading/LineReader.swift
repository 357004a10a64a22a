internal import Foundation

/// The lines of a plain, gzip or zstd file, as bytes: no string is made of any of them.
///
///     let lines = try LineReader(path: "transactions.csv.zst")
///     while let line = try lines.next() { … }
public final class LineReader {
    public let source: ByteReader
    /// The number of the line that `next` gave last, from 1.
    public private(set) var lineNumber = 0

    private let longest: Int
    private var buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// - Parameters:
    ///   - path: a file, or `-` for standard input.
    ///   - longestLine: bytes; a longer one is an error, so that a file without line ends cannot fill the memory.
    public init(path: String, longestLine: Int = 16 << 20) throws(CompressionError) {
        source = try ByteReader(path: path)
        longest = longestLine
        buffer = .allocate(byteCount: 1 << 20, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// The next line without its end (`\n` or `\r\n`), or nil at the end of the file. The bytes are valid until the next
    /// call. An unfinished last line counts as a line.
    public func next() throws(CompressionError) -> UnsafeRawBufferPointer? {
        var searched = start
        while true {
            if searched < end, let found = memchr(buffer.baseAddress! + searched, 0x0A, end - searched) {
                let stop = UnsafeRawPointer(found) - UnsafeRawPointer(buffer.baseAddress!)
                let line = try line(start, stop)
                start = stop + 1
                return line
            }
            if isAtEnd {
                guard start < end else { return nil }
                let line = try line(start, end)
                start = end
                return line
            }
            let open = end - start
            if open > longest { throw tooLong() }
            if start > 0 {
                buffer.baseAddress!.copyMemory(from: buffer.baseAddress! + start, byteCount: open)
                (start, end) = (0, open)
            } else if end == buffer.count {
                grow()
            }
            searched = end
            let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
            end += count
            isAtEnd = count == 0
        }
    }

    private func line(_ from: Int, _ to: Int) throws(CompressionError) -> UnsafeRawBufferPointer {
        lineNumber += 1
        if to - from > longest { throw tooLong() }
        let stop = to > from && buffer[to - 1] == 0x0D ? to - 1 : to
        return UnsafeRawBufferPointer(rebasing: buffer[from..<stop])
    }

    private func tooLong() -> CompressionError {
        CompressionError(
            code: .lineTooLong, file: source.file, position: source.position - (end - start),
            message: "expected lines of at most \(longest) bytes, found a longer one. Is this a text file?")
    }

    private func grow() {
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count * 2, alignment: 16)
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        buffer.deallocate()
        buffer = larger
    }
}
