internal import CZstd

/// Unpacks Zstandard (RFC 8878): any number of frames one after the other.
final class ZstdDecompressor: Decompressor {
    private let stream: OpaquePointer
    private(set) var isComplete = true

    init() {
        guard let stream = ZSTD_createDStream() else { preconditionFailure("zstd could not allocate its context") }
        self.stream = stream
    }

    deinit { ZSTD_freeDStream(stream) }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (consumed: Int, produced: Int) {
        // An empty call between frames would count as the beginning of another.
        if input.isEmpty && isComplete { return (0, 0) }
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let status = ZSTD_decompressStream(stream, &target, &source)
        if ZSTD_isError(status) != 0 {
            throw DecompressionFault(reason: String(cString: ZSTD_getErrorName(status)), consumed: source.pos)
        }
        isComplete = status == 0
        return (source.pos, target.pos)
    }
}
