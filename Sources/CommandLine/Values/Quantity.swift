/// Reading of numbers with units. Every function gives `nil` for what it does not understand, overflow included.
public enum Quantity {
    /// `7d`, `1h30m`, `1.5s`, `250ms`: numbers each with a unit of w, d, h, m, s, ms, us or ns, largest first, none twice.
    public static func duration(_ text: String) -> Duration? {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        var total = Duration.zero
        var last = -1
        while !rest.isEmpty {
            guard let (number, suffix) = split(&rest),
                let rank = timeUnits.firstIndex(where: { $0.0 == suffix }), rank > last
            else { return nil }
            last = rank
            let unit = timeUnits[rank].1
            guard let term = number.scaled(by: unit) else { return nil }
            let (seconds, nanoseconds) = (term / 1_000_000_000, term % 1_000_000_000)
            let soFar = total.components.seconds
            guard !soFar.addingReportingOverflow(Int64(seconds)).overflow else { return nil }
            total += .seconds(seconds) + .nanoseconds(nanoseconds)
        }
        return total
    }

    /// `128MiB` and the like: binary units KiB, MiB, GiB, TiB, decimal units kB, KB, MB, GB, TB, B, or none for bytes.
    public static func bytes(_ text: String) -> Int? {
        var rest = Substring(text)
        guard let (number, suffix) = split(&rest), rest.isEmpty else { return nil }
        guard let unit = byteUnits.first(where: { $0.0 == suffix.lowercased() })?.1 else { return nil }
        return number.scaled(by: unit)
    }

    /// `5000`, `250k`, `10M`, `1.5G`: powers of 1000.
    public static func count(_ text: String) -> Int? {
        var rest = Substring(text)
        guard let (number, suffix) = split(&rest), rest.isEmpty else { return nil }
        switch suffix {
        case "": return number.scaled(by: 1)
        case "k", "K": return number.scaled(by: 1_000)
        case "m", "M": return number.scaled(by: 1_000_000)
        case "g", "G", "b", "B": return number.scaled(by: 1_000_000_000)
        default: return nil
        }
    }

    private static let timeUnits: [(String, Int)] = [
        ("w", 604_800_000_000_000), ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1),
    ]

    private static let byteUnits: [(String, Int)] = [
        ("", 1), ("b", 1), ("kb", 1_000), ("mb", 1_000_000), ("gb", 1_000_000_000), ("tb", 1_000_000_000_000),
        ("kib", 1 << 10), ("mib", 1 << 20), ("gib", 1 << 30), ("tib", 1 << 40),
    ]

    /// A number as written: digits with an optional fraction, kept exact so that 1.1 of a unit is what it says.
    private struct Written {
        var whole: Int
        var fraction: Int
        var scale: Int

        /// The number times a unit, or nil when that is no whole number or too large.
        func scaled(by unit: Int) -> Int? {
            let (high, overflow) = whole.multipliedReportingOverflow(by: unit)
            if overflow { return nil }
            let (part, partOverflow) = fraction.multipliedReportingOverflow(by: unit)
            if partOverflow || part % scale != 0 { return nil }
            let (sum, sumOverflow) = high.addingReportingOverflow(part / scale)
            return sumOverflow ? nil : sum
        }
    }

    /// Takes a number and the letters after it off the front.
    private static func split(_ rest: inout Substring) -> (Written, String)? {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let whole = Int(digits) else { return nil }
        rest = rest.dropFirst(digits.count)
        var number = Written(whole: whole, fraction: 0, scale: 1)
        if rest.first == "." {
            let places = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
            guard (1...9).contains(places.count), let fraction = Int(places) else { return nil }
            number.fraction = fraction
            for _ in 0..<places.count { number.scale *= 10 }
            rest = rest.dropFirst(1 + places.count)
        }
        let unit = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(unit.count)
        return (number, String(unit))
    }
}
