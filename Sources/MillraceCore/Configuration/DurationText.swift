/// Durations as people write them: `90s`, `15m`, `1h30m`, `7d`, `2w`, `250ms`.
public enum DurationText {
    private static let units: [(suffix: String, microseconds: Int64)] = [
        ("w", 604_800_000_000), ("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000),
        ("ms", 1000), ("us", 1),
    ]

    /// Nil when the text is not a sequence of whole numbers, each with a unit, or overflows.
    public static func parse(_ text: String) -> Duration? {
        var total: Int64 = 0
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let width = units.first(where: { $0.suffix == unit })?.microseconds
            else { return nil }
            let (part, overflow) = count.multipliedReportingOverflow(by: width)
            let (sum, overflowSum) = total.addingReportingOverflow(part)
            guard !overflow, !overflowSum else { return nil }
            total = sum
        }
        return .microseconds(total)
    }

    /// The shortest exact form, without weeks: `7d`, `1h30m`, `0s`.
    public static func format(_ duration: Duration) -> String {
        var rest = duration.microseconds
        guard rest != 0 else { return "0s" }
        var text = rest < 0 ? "-" : ""
        rest = abs(rest)
        for (suffix, width) in units.dropFirst() where rest >= width {
            text += "\(rest / width)\(suffix)"
            rest %= width
        }
        return text
    }
}
