extension Timestamp {
    /// What text can say: the years 1 to 9999.
    public static let calendar: ClosedRange<Int64> = -62_135_596_800_000_000...253_402_300_799_999_999

    /// A moment given in milliseconds since 1970, as brokers keep it; nil beyond the calendar.
    public init?(milliseconds: Int64) {
        let (product, overflows) = milliseconds.multipliedReportingOverflow(by: 1000)
        guard !overflows, Self.calendar.contains(product) else { return nil }
        self.init(microseconds: product)
    }
}
