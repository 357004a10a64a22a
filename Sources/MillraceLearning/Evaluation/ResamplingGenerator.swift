import MillraceCore

/// A small seeded generator (xoshiro256**, Blackman and Vigna), the same on every machine: an interval in a report can
/// be computed again.
struct ResamplingGenerator: RandomNumberGenerator {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    init(seed: UInt64) {
        // SplitMix64 spreads any seed, 0 too, over the whole state.
        var spread = seed
        func word() -> UInt64 {
            spread &+= 0x9E37_79B9_7F4A_7C15
            return StableHash.mix(spread)
        }
        state = (word(), word(), word(), word())
    }

    @inline(__always)
    mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = ((product << 7) | (product >> 57)) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = (state.3 << 45) | (state.3 >> 19)
        return result
    }

    /// A number below `bound`; the bias of 2⁻⁶⁴ × bound is far below what a bootstrap can see.
    @inline(__always)
    mutating func index(below bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
    }
}
