internal import CZlib

/// Unpacks gzip (RFC 1952): any number of members one after the other, and zero bytes after the last, as tapes have.
final class GzipDecompressor: Decompressor {
    // zlib keeps a pointer back to the structure, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isComplete = false

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16: gzip and nothing else; 15: the largest window, which any file may need.
        let status = inflateInit2_(stream, 16 + 15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib could not allocate its 40 KiB")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (consumed: Int, produced: Int) {
        var skipped = 0
        if isComplete {
            skipped = input.firstIndex { $0 != 0 } ?? input.count
            if skipped == input.count { return (skipped, 0) }
            guard input[skipped] == 0x1F else {
                throw DecompressionFault(
                    reason: "data after the end of the gzip stream that are no gzip", consumed: skipped)
            }
            inflateReset(stream)
            isComplete = false
        }
        // zlib counts in 32 bits.
        let room = min(output.count, 1 << 30)
        let given = min(input.count - skipped, 1 << 30)
        // next_in is not const in older headers; zlib does not write to it.
        stream.pointee.next_in = input.baseAddress.map {
            UnsafeMutablePointer(mutating: ($0 + skipped).assumingMemoryBound(to: UInt8.self))
        }
        stream.pointee.avail_in = UInt32(given)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(room)
        let status = inflate(stream, Z_NO_FLUSH)
        let consumed = skipped + given - Int(stream.pointee.avail_in)
        switch status {
        case Z_STREAM_END: isComplete = true
        case Z_OK, Z_BUF_ERROR: break
        default:
            let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(status)"
            throw DecompressionFault(reason: reason, consumed: consumed)
        }
        return (consumed, room - Int(stream.pointee.avail_out))
    }
}
