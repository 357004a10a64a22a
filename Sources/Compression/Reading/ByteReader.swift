internal import Foundation

/// Reads a file from beginning to end, unpacking it when its first bytes say that it is gzip or zstd.
///
/// Not for use by several threads at once. Memory: one buffer of 256 KiB and what the format needs (for zstd up to the
/// window of the file, at most 128 MiB; larger ones are refused).
public final class ByteReader {
    public let file: String
    public let format: CompressionFormat
    /// Size on disk, or nil when that is unknown (a pipe).
    public let size: Int?
    /// Bytes read from disk so far: with `size`, how far reading has come.
    public private(set) var packedPosition = 0
    /// Bytes handed out so far.
    public private(set) var position = 0

    private let descriptor: Int32
    private let ownsDescriptor: Bool
    private let decompressor: (any Decompressor)?
    private let buffer: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0
    private var isAtEnd = false

    /// Opens a file; `-` is standard input.
    public convenience init(path: String) throws(CompressionError) {
        if path == "-" {
            try self.init(descriptor: STDIN_FILENO, name: "standard input", owned: false)
            return
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CompressionError(
                code: .cannotOpen, file: path, position: 0,
                message: "expected a readable file: \(String(cString: strerror(errno)))")
        }
        try self.init(descriptor: descriptor, name: path, owned: true)
    }

    private init(descriptor: Int32, name: String, owned: Bool) throws(CompressionError) {
        self.descriptor = descriptor
        ownsDescriptor = owned
        file = name
        buffer = .allocate(byteCount: 256 << 10, alignment: 16)
        var status = stat()
        let isRegular = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        size = isRegular ? Int(status.st_size) : nil
        var failure: CompressionError?
        // Enough for every magic number, even when a pipe hands out a byte at a time.
        var filled = 0
        while filled < 4, failure == nil {
            do throws(CompressionError) {
                let count = try ByteReader.fill(descriptor, .init(rebasing: buffer[filled...]), name, filled)
                if count == 0 { break }
                filled += count
            } catch {
                failure = error
            }
        }
        format = CompressionFormat(magic: UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
        end = filled
        packedPosition = filled
        switch format {
        case .plain: decompressor = nil
        case .gzip: decompressor = GzipDecompressor()
        case .zstd: decompressor = ZstdDecompressor()
        }
        if let failure { throw failure }
    }

    deinit {
        buffer.deallocate()
        if ownsDescriptor { close(descriptor) }
    }

    /// Fills as much of `output` as is at hand without waiting twice; at least one byte, or 0 at the end of the file.
    public func read(into output: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        precondition(!output.isEmpty, "a read needs room for a byte")
        let count = try decompressor == nil ? copy(output) : unpack(decompressor!, output)
        position += count
        return count
    }

    private func copy(_ output: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        if start < end {
            let count = min(end - start, output.count)
            output.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[start..<start + count]))
            start += count
            return count
        }
        let count = try ByteReader.fill(descriptor, output, file, packedPosition)
        packedPosition += count
        return count
    }

    private func unpack(
        _ decompressor: any Decompressor, _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        while true {
            if start == end && !isAtEnd {
                start = 0
                end = try ByteReader.fill(descriptor, buffer, file, packedPosition)
                packedPosition += end
                isAtEnd = end == 0
            }
            let consumed: Int
            let produced: Int
            do {
                (consumed, produced) = try decompressor.step(
                    UnsafeRawBufferPointer(rebasing: buffer[start..<end]), output)
            } catch {
                throw CompressionError(
                    code: .corrupt, file: file, position: packedPosition - (end - start) + error.consumed,
                    message:
                        "expected intact \(format.rawValue) data, found: \(error.reason). Fetch or make the file again."
                )
            }
            start += consumed
            if produced > 0 { return produced }
            if isAtEnd && consumed == 0 {
                if decompressor.isComplete { return 0 }
                throw CompressionError(
                    code: .truncated, file: file, position: packedPosition,
                    message: "the \(format.rawValue) data end too early: the file was cut off. Fetch or make it again.")
            }
        }
    }

    private static func fill(
        _ descriptor: Int32, _ target: UnsafeMutableRawBufferPointer, _ file: String, _ position: Int
    ) throws(CompressionError) -> Int {
        while true {
            let count = Foundation.read(descriptor, target.baseAddress, target.count)
            if count >= 0 { return count }
            if errno == EINTR { continue }
            throw CompressionError(
                code: .cannotRead, file: file, position: position,
                message: "expected readable data: \(String(cString: strerror(errno)))")
        }
    }
}
