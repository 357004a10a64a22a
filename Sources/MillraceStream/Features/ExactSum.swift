import MillraceCore

/// Sums that depend on their terms alone, never on the order or on terms taken away again.
///
/// Integers are summed in 128 bits. A float is cut into a whole part and a fraction in units of 2^−64, each summed in
/// 128 bits: both parts of a double of magnitude 2^−11 … 2^100 are exact; smaller ones are rounded to 2^−64 once, larger
/// ones count as ±2^100. The square of a float is rounded to a double once and then summed alike. The square of an
/// integer is exact; sums of squares wrap beyond 2^128.
enum ExactSum {
    @inline(__always) static func add(_ value: Int128, at words: UnsafeMutablePointer<UInt64>) {
        let sum = UnsafeMutableRawPointer(words).assumingMemoryBound(to: Int128.self)
        sum.pointee &+= value
    }

    @inline(__always) static func load(_ words: UnsafePointer<UInt64>) -> Int128 {
        UnsafeRawPointer(words).assumingMemoryBound(to: Int128.self).pointee
    }

    @inline(__always) static func addFloat(_ value: Double, sign: Int128, at words: UnsafeMutablePointer<UInt64>) {
        let clamped = min(max(value, -0x1p100), 0x1p100)
        let whole = clamped.rounded(.towardZero)
        let fraction = ((clamped - whole) * 0x1p64).rounded(.toNearestOrEven)
        add(sign &* integer(whole), at: words)
        add(sign &* integer(fraction), at: words + 2)
    }

    static func loadFloat(_ words: UnsafePointer<UInt64>) -> Double {
        double(load(words)) + double(load(words + 2)) * 0x1p-64
    }

    /// Of a whole double of magnitude below 2^126.
    @inline(__always) static func integer(_ value: Double) -> Int128 {
        if abs(value) < 0x1p62 { return Int128(Int64(value)) }
        let high = (value * 0x1p-62).rounded(.towardZero)
        return Int128(Int64(high)) << 62 &+ Int128(Int64(value - high * 0x1p62))
    }

    @inline(__always) static func double(_ value: Int128) -> Double {
        let low = Int64(truncatingIfNeeded: value)
        if Int128(low) == value { return Double(low) }
        let high = Int64(truncatingIfNeeded: value >> 64)
        return Double(high) * 0x1p64 + Double(UInt64(truncatingIfNeeded: value))
    }

    /// n·Σx² − (Σx)², exactly for integers, before the division by n·(n − 1).
    static func spread(count: Int64, sum: Int128, squares: Int128) -> Double {
        let total = UInt128(bitPattern: squares).multipliedFullWidth(by: UInt128(count))
        let square = sum.magnitude.multipliedFullWidth(by: sum.magnitude)
        let (low, borrow) = total.low.subtractingReportingOverflow(square.low)
        let high = total.high &- square.high &- (borrow ? 1 : 0)
        func double(_ value: UInt128) -> Double {
            Double(UInt64(truncatingIfNeeded: value >> 64)) * 0x1p64 + Double(UInt64(truncatingIfNeeded: value))
        }
        return double(high) * 0x1p128 + double(low)
    }
}
