/// Numbers as people read them. All are for people: programs get JSON with plain numbers.
public enum Human {
    /// `1,754,155`.
    public static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0 && (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// Three significant digits and a unit of 1000: `985`, `12.4k`, `1.75M`.
    public static func count(_ number: Double) -> String {
        scaled(number, step: 1000, units: ["", "k", "M", "G", "T"], separator: "")
    }

    /// Three significant digits and a binary unit: `512 B`, `128 MiB`.
    public static func bytes(_ count: Int) -> String {
        scaled(Double(count), step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB"], separator: " ")
    }

    /// The two largest units that matter: `7d`, `1h 30m`, `2m 5s`, `3.21s`, `45ms`.
    public static func duration(_ duration: Duration) -> String {
        if duration < .zero { return "-" + Human.duration(.zero - duration) }
        let (seconds, attoseconds) = duration.components
        if seconds == 0 {
            let nanoseconds = attoseconds / 1_000_000_000
            if nanoseconds == 0 { return "0s" }
            if nanoseconds < 1_000 { return "\(nanoseconds)ns" }
            if nanoseconds < 1_000_000 { return significant(Double(nanoseconds) / 1e3) + "us" }
            if nanoseconds < 999_500_000 { return significant(Double(nanoseconds) / 1e6) + "ms" }
        }
        let exact = Double(seconds) + Double(attoseconds) / 1e18
        if exact < 59.95 { return significant(exact) + "s" }
        let whole = Int(exact.rounded())
        let parts = [(whole / 86_400, "d"), (whole / 3600 % 24, "h"), (whole / 60 % 60, "m"), (whole % 60, "s")]
        let first = parts.firstIndex { $0.0 > 0 }!
        let next =
            first + 1 < parts.count && parts[first + 1].0 > 0 ? " \(parts[first + 1].0)\(parts[first + 1].1)" : ""
        return "\(parts[first].0)\(parts[first].1)" + next
    }

    /// A share as a percentage: `0.84 %`, `46.0 %`.
    public static func percent(_ share: Double, places: Int = 1) -> String { fixed(share * 100, places: places) + " %" }

    /// A number with so many places after the point, rounded half to even.
    public static func fixed(_ number: Double, places: Int) -> String {
        guard number.isFinite, number.magnitude < 1e15 else { return "\(number)" }
        var factor = 1.0
        for _ in 0..<places { factor *= 10 }
        let rounded = (number.magnitude * factor).rounded(.toNearestOrEven)
        guard rounded < 9e18 else { return "\(number)" }
        let digits = String(UInt64(rounded))
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let sign = number < 0 && rounded > 0 ? "-" : ""
        return sign + padded.dropLast(places) + (places > 0 ? "." + padded.suffix(places) : "")
    }

    private static func scaled(_ number: Double, step: Double, units: [String], separator: String) -> String {
        var (value, unit) = (number, 0)
        // 999.5 would be shown as 1000: it is one of the next unit.
        while value.magnitude >= min(999.5, step - 0.5), unit < units.count - 1 {
            value /= step
            unit += 1
        }
        let text = unit == 0 ? fixed(value, places: value == value.rounded() ? 0 : 1) : significant(value)
        return text + separator + units[unit]
    }

    private static func significant(_ value: Double) -> String {
        let places = value.magnitude < 9.995 ? 2 : value.magnitude < 99.95 ? 1 : 0
        var text = fixed(value, places: places)
        if text.contains(".") {
            while text.last == "0" { text.removeLast() }
            if text.last == "." { text.removeLast() }
        }
        return text
    }
}
