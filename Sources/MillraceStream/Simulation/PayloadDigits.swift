import MillraceCore

/// Writing of numbers and times as bytes, without strings on the way.
enum PayloadDigits {

    @inline(__always)
    static func text(_ text: StaticString, _ target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        target.update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        return target + text.utf8CodeUnitCount
    }

    /// A number of at least 0, without leading zeros.
    @inline(__always)
    static func number(_ value: Int, _ target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        var count = 1
        var rest = value
        while rest >= 10 {
            rest /= 10
            count += 1
        }
        rest = value
        for place in stride(from: count - 1, through: 0, by: -1) {
            target[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
        }
        return target + count
    }

    @inline(__always)
    static func two(_ value: Int, _ target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        target[0] = UInt8(truncatingIfNeeded: 48 + value / 10)
        target[1] = UInt8(truncatingIfNeeded: 48 + value % 10)
        return target + 2
    }

    /// Hundredths as a decimal number: 5716 is `57.16`.
    @inline(__always)
    static func hundredths(_ value: Int, _ target: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let end = number(value / 100, target)
        end[0] = UInt8(ascii: ".")
        return two(value % 100, end + 1)
    }
}

/// Writes times as `2018-04-01T00:00:31`. Remembers the last day, since rows come in order and a day has many.
struct PayloadClock: Sendable {
    private var day = Int.min
    private var date: [UInt8] = Array(repeating: 0, count: 10)

    @inline(__always)
    mutating func write(
        _ seconds: Int, _ target: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        let today = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        if today != day { turn(to: today) }
        let second = seconds - today * 86_400
        var end = target
        date.withUnsafeBufferPointer { end.update(from: $0.baseAddress!, count: 10) }
        end += 10
        end[0] = UInt8(ascii: "T")
        end = PayloadDigits.two(second / 3600, end + 1)
        end[0] = UInt8(ascii: ":")
        end = PayloadDigits.two(second / 60 % 60, end + 1)
        end[0] = UInt8(ascii: ":")
        return PayloadDigits.two(second % 60, end + 1)
    }

    private mutating func turn(to today: Int) {
        day = today
        date = Array(Timestamp(microseconds: Int64(today) * 86_400_000_000).description.utf8.prefix(10))
    }
}
