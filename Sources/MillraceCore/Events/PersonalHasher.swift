internal import CCrypto
internal import Glibc

/// Replaces the cells of personal columns by a keyed hash: the first 63 bits of HMAC-SHA-256 (RFC 2104) of the value's
/// text. Equal values stay equal, so they still join and group, and without the key nobody can try out candidates.
///
/// A hash takes about a microsecond; a direct-mapped cache of recent values (customers come again) saves most of them.
struct PersonalHasher {
    private struct Entry {
        /// The text itself, zero-padded: a cache must not confuse two values.
        var text: (UInt64, UInt64, UInt64) = (0, 0, 0)
        var length = -1
        var hash: UInt64 = 0
    }

    private static let slots = 1 << 14
    private let key: [UInt8]
    private var cache: [Entry]

    init(key: [UInt8]) {
        self.key = key
        cache = Array(repeating: Entry(), count: Self.slots)
    }

    /// Replaces every value in place; nulls stay.
    mutating func replace(_ cells: UnsafeMutableBufferPointer<UInt64>, heap: UnsafeRawBufferPointer) {
        for row in cells.indices {
            let cell = cells[row]
            if cell == Cell.nullText { continue }
            if Cell.isHeapText(cell) {
                let start = Cell.textOffset(cell)
                cells[row] = hash(UnsafeRawBufferPointer(rebasing: heap[start..<start + Cell.textLength(cell)]))
            } else {
                cells[row] = hash(number: cell)
            }
        }
    }

    /// The hash of a number's decimal digits: `123` and `"123"` are one value.
    mutating func hash(number: UInt64) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { buffer in
            var rest = number
            var start = 20
            repeat {
                start -= 1
                buffer[start] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            return hash(UnsafeRawBufferPointer(rebasing: buffer[start...]))
        }
    }

    mutating func hash(_ text: UnsafeRawBufferPointer) -> UInt64 {
        guard text.count <= 24 else { return compute(text) }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyMemory(from: text) }
        var mixed = words.0 &* 0x9E37_79B9_7F4A_7C15 ^ words.1.byteSwapped ^ words.2
        mixed = (mixed ^ mixed >> 32) &* 0xD6E8_FEB8_6659_FD93
        let slot = Int(truncatingIfNeeded: mixed >> 40) & (Self.slots - 1)
        if cache[slot].length == text.count, cache[slot].text == words { return cache[slot].hash }
        let hash = compute(text)
        cache[slot] = Entry(text: words, length: text.count, hash: hash)
        return hash
    }

    private func compute(_ text: UnsafeRawBufferPointer) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 64, alignment: 8) { digest in
            var length: UInt32 = 0
            HMAC(
                EVP_sha256(), key, Int32(key.count), text.baseAddress?.assumingMemoryBound(to: UInt8.self), text.count,
                digest.baseAddress?.assumingMemoryBound(to: UInt8.self), &length)
            precondition(length == 32, "libcrypto gave no HMAC-SHA-256")
            return UInt64(bigEndian: digest.load(as: UInt64.self)) >> 1
        }
    }
}
