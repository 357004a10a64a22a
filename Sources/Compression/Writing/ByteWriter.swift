internal import Foundation

/// Writes a file from beginning to end, packed as declared. Small writes are gathered into pieces of 128 KiB.
///
/// Without `finish`, what was written is incomplete, and packed files say so when they are read.
public final class ByteWriter {
    public let file: String
    public let format: CompressionFormat
    /// Bytes taken so far, before packing.
    public private(set) var position = 0
    /// Bytes written to the file so far.
    public private(set) var packedPosition = 0

    private var descriptor: Int32
    private let ownsDescriptor: Bool
    private let compressor: (any Compressor)?
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 128 << 10, alignment: 16)
    private var filled = 0

    /// Makes or empties a file; `-` is standard output.
    ///
    /// - Parameters:
    ///   - format: by the ending of the name (`.gz`, `.zst`) unless given.
    ///   - level: gzip 1–9, zstd 1–19.
    public init(path: String, format: CompressionFormat? = nil, level: Int = 3) throws(CompressionError) {
        let isOutput = path == "-"
        descriptor = isOutput ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        ownsDescriptor = !isOutput
        file = isOutput ? "standard output" : path
        self.format = format ?? CompressionFormat(ending: path)
        switch self.format {
        case .plain: compressor = nil
        case .gzip: compressor = GzipCompressor(level: level)
        case .zstd: compressor = ZstdCompressor(level: level)
        }
        if descriptor < 0 { throw failure("expected a file that can be written") }
    }

    deinit {
        buffer.deallocate()
        if ownsDescriptor && descriptor >= 0 { close(descriptor) }
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) {
        precondition(descriptor >= 0, "written after finish")
        position += bytes.count
        if filled + bytes.count <= buffer.count {
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyMemory(from: bytes)
            filled += bytes.count
            return
        }
        try drain()
        if bytes.count >= buffer.count {
            try pack(bytes, isLast: false)
        } else {
            buffer.copyMemory(from: bytes)
            filled = bytes.count
        }
    }

    public func write(_ text: String) throws(CompressionError) {
        // A closure given to withUTF8 cannot throw a typed error through it.
        let bytes = Array(text.utf8)
        var failure: CompressionError?
        bytes.withUnsafeBytes { bytes in
            do throws(CompressionError) { try write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Writes what is left and closes the file; with `synced`, when it is safe on disk.
    public func finish(synced: Bool = false) throws(CompressionError) {
        guard descriptor >= 0 else { return }
        try drain()
        try pack(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
        if synced && fsync(descriptor) != 0 { throw failure("could not be made safe on disk") }
        if ownsDescriptor && close(descriptor) != 0 {
            descriptor = -1
            throw failure("could not be closed")
        }
        descriptor = -1
    }

    private func drain() throws(CompressionError) {
        let count = filled
        filled = 0
        if count > 0 { try pack(UnsafeRawBufferPointer(rebasing: buffer[..<count]), isLast: false) }
    }

    private func pack(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(CompressionError) {
        guard let compressor else { return try put(bytes) }
        try compressor.pack(bytes, isLast: isLast) { bytes throws(CompressionError) in try put(bytes) }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = Foundation.write(descriptor, rest.baseAddress, rest.count)
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { throw failure("could not be written") }
            packedPosition += written
            rest = UnsafeRawBufferPointer(rebasing: rest[written...])
        }
    }

    private func failure(_ what: String) -> CompressionError {
        CompressionError(
            code: .cannotWrite, file: file, position: packedPosition,
            message: "\(what): \(String(cString: strerror(errno)))")
    }
}
