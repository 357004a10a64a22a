/// SipHash-2-4 (Aumasson and Bernstein, 2012) under a key of zeros: the same on every machine and in every version, so
/// that a model meets the codes it was trained on.
package enum StableHash {
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var v0: UInt64 = 0x736f_6d65_7073_6575
        var v1: UInt64 = 0x646f_7261_6e64_6f6d
        var v2: UInt64 = 0x6c79_6765_6e65_7261
        var v3: UInt64 = 0x7465_6462_7974_6573

        func rotate(_ word: UInt64, _ by: UInt64) -> UInt64 { word << by | word >> (64 - by) }
        func round() {
            v0 &+= v1
            v1 = rotate(v1, 13) ^ v0
            v0 = rotate(v0, 32)
            v2 &+= v3
            v3 = rotate(v3, 16) ^ v2
            v0 &+= v3
            v3 = rotate(v3, 21) ^ v0
            v2 &+= v1
            v1 = rotate(v1, 17) ^ v2
            v2 = rotate(v2, 32)
        }
        func take(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        let whole = bytes.count & ~7
        for start in stride(from: 0, to: whole, by: 8) {
            take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)))
        }
        var last = UInt64(bytes.count & 255) << 56
        for index in whole..<bytes.count { last |= UInt64(bytes[index]) << (8 * UInt64(index - whole)) }
        take(last)
        v2 ^= 0xff
        for _ in 0..<4 { round() }
        return v0 ^ v1 ^ v2 ^ v3
    }

    /// FNV-1a (Fowler, Noll and Vo): for spreading, not for codes; neighbouring inputs stay near, so mix what it gives.
    @inlinable @inline(__always)
    package static func fnv1a(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var word: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { word = (word ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return word
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
    @inlinable @inline(__always)
    package static func mix(_ state: UInt64) -> UInt64 {
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    package static func hash(_ text: String) -> UInt64 {
        var text = text
        return text.withUTF8 { hash(UnsafeRawBufferPointer($0)) }
    }
}
