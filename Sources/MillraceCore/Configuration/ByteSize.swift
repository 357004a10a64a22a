/// Sizes in bytes as people write them: `64MiB`, `2GB`, `4096`.
public enum ByteSize {
    private static let units: [(name: String, bytes: Int)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("TB", 1_000_000_000_000),
        ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000), ("kB", 1000), ("B", 1), ("", 1),
    ]

    /// Nil when the text is not a positive whole number with a known unit, or does not fit.
    public static func parse(_ text: String) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let count = Int(digits), count > 0, let bytes = units.first(where: { $0.name == unit })?.bytes else {
            return nil
        }
        let (size, overflow) = count.multipliedReportingOverflow(by: bytes)
        return overflow ? nil : size
    }

    /// The shortest exact form in binary units.
    public static func format(_ bytes: Int) -> String {
        guard bytes > 0, let unit = units.prefix(4).first(where: { bytes % $0.bytes == 0 }) else { return "\(bytes)B" }
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}
