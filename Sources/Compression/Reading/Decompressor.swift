/// Unpacks a stream piece by piece. One implementation a format; a plain file has none.
protocol Decompressor: AnyObject {
    /// Unpacks from `input` into `output` as much as there is room for.
    func step(
        _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(DecompressionFault) -> (consumed: Int, produced: Int)

    /// Whether a file may end here: nothing is open that would need more input.
    var isComplete: Bool { get }
}

/// Data that cannot be unpacked, in the words of the library.
struct DecompressionFault: Error {
    var reason: String
    /// Bytes of the input that were understood before.
    var consumed: Int = 0
}
