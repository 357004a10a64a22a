import MillraceCore

/// Random numbers for simulations: the same for the same seed on every machine.
///
/// The generator is xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded
/// through SplitMix64 (Steele, Lea and Flood, 2014). Nothing here calls the C library's `log` or `exp`, whose last bits
/// differ between versions: everything is made of operations that IEEE 754 defines exactly.
public struct SimulationRandom: RandomNumberGenerator, Sendable {
    private var s0: UInt64
    private var s1: UInt64
    private var s2: UInt64
    private var s3: UInt64
    private var spareNormal: Double?

    /// - Parameter stream: sets apart generators of one seed, a day's from another's say.
    public init(seed: UInt64, stream: UInt64 = 0) {
        var state = SimulationRandom.mix(seed) ^ SimulationRandom.mix(stream &+ 0x6A09_E667_F3BC_C908)
        func word() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return StableHash.mix(state)
        }
        (s0, s1, s2, s3) = (word(), word(), word(), word())
    }

    /// A well-stirred word for a number: what SplitMix64 gives for that state.
    @inline(__always)
    public static func mix(_ number: UInt64) -> UInt64 { StableHash.mix(number &+ 0x9E37_79B9_7F4A_7C15) }

    @inline(__always)
    public mutating func next() -> UInt64 {
        let result = SimulationRandom.rotate(s1 &* 5, 7) &* 9
        let shifted = s1 << 17
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= shifted
        s3 = SimulationRandom.rotate(s3, 45)
        return result
    }

    @inline(__always)
    private static func rotate(_ word: UInt64, _ count: UInt64) -> UInt64 { word << count | word >> (64 - count) }

    /// Uniform in [0, 1), of 2⁵³ values.
    @inline(__always)
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    @inline(__always)
    public mutating func uniform(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

    /// Uniform in 0..<count. The bias of taking the high word of a product is below count / 2⁶⁴.
    @inline(__always)
    public mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(count)).high)
    }

    /// The standard normal distribution, by the polar method (Marsaglia and Bray, 1964).
    @inline(__always)
    public mutating func normal() -> Double {
        if let spare = spareNormal {
            spareNormal = nil
            return spare
        }
        while true {
            let (x, y) = (2 * unit() - 1, 2 * unit() - 1)
            let square = x * x + y * y
            if square >= 1 || square == 0 { continue }
            let scale = (-2 * SimulationRandom.logarithm(square) / square).squareRoot()
            spareNormal = y * scale
            return x * scale
        }
    }

    /// The Poisson distribution by multiplying uniform numbers (Knuth): for small means, given as `exp(-mean)`.
    @inline(__always)
    public mutating func poisson(exponential: Double) -> Int {
        var count = 0
        var product = unit()
        while product > exponential {
            count += 1
            product *= unit()
        }
        return count
    }

    /// exp(-x) for x in 0...40, to about 1e-14.
    static func exponential(minus x: Double) -> Double {
        let small = -x / 64
        var (sum, term) = (1.0, 1.0)
        for n in 1...14 {
            term = term * small / Double(n)
            sum += term
        }
        for _ in 0..<6 { sum *= sum }
        return sum
    }

    /// The natural logarithm of a normal positive number, to about 1e-15: exponent times ln 2, and the series of the
    /// area tangent for what is left, which is between √½ and √2.
    @inline(__always)
    static func logarithm(_ x: Double) -> Double {
        let bits = x.bitPattern
        var exponent = Int((bits >> 52) & 0x7FF) - 1023
        var part = Double(bitPattern: bits & 0x000F_FFFF_FFFF_FFFF | 0x3FF0_0000_0000_0000)
        if part > 1.414_213_562_373_095_1 {
            part *= 0.5
            exponent += 1
        }
        let z = (part - 1) / (part + 1)
        let w = z * z
        var sum = 1.0 / 21
        sum = sum * w + 1.0 / 19
        sum = sum * w + 1.0 / 17
        sum = sum * w + 1.0 / 15
        sum = sum * w + 1.0 / 13
        sum = sum * w + 1.0 / 11
        sum = sum * w + 1.0 / 9
        sum = sum * w + 1.0 / 7
        sum = sum * w + 1.0 / 5
        sum = sum * w + 1.0 / 3
        sum = sum * w + 1
        return Double(exponent) * 0.693_147_180_559_945_3 + 2 * z * sum
    }
}
