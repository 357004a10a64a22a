public import MillraceCore

/// What a simulation of card transactions is made of.
///
/// The method is the one published in the "Reproducible Machine Learning for Credit Card Fraud Detection – Practical
/// Handbook" (Le Borgne, Siblini, Lebichot and Bontempi), written anew from its description.
public struct SimulationParameters: Sendable, Equatable {
    public var customers = 5_000
    public var terminals = 10_000
    /// Days to simulate; nil goes on for ever.
    public var days: Int? = 183
    /// Midnight of the first day.
    public var start = Timestamp(microseconds: 1_522_540_800_000_000)
    public var seed: UInt64 = 0
    /// Multiplies how many terminals and customers are compromised a day.
    public var fraudRate = 1.0
    public var drift: Drift?

    /// A change of how frauds look, from a day on (0 is the first day).
    ///
    /// Large amounts become suspicious earlier, and a compromised card is no longer used for five times the usual amount
    /// but for a fraction of it: a model that learned the old pattern misses both.
    public struct Drift: Sendable, Equatable {
        public var day: Int
        /// From when on an amount is a fraud by itself.
        public var largeAmount = 180.0
        /// By what compromised customers' amounts are multiplied.
        public var compromisedFactor = 0.1

        public init(day: Int) { self.day = day }
    }

    public init() {}

    /// Distance within which a customer uses terminals, on a plane of 100 × 100.
    static let radius = 5.0
    static let plane = 100.0
    /// Amounts over this are frauds (scenario 1).
    static let largeAmount = 220.0
    /// Scenario 2: two of 10,000 terminals a day, for 28 days.
    static let terminalShareADay = 2.0 / 10_000
    static let terminalDays = 28
    /// Scenario 3: three of 5,000 customers a day, for 14 days; a third of their transactions, at five times the amount.
    static let customerShareADay = 3.0 / 5_000
    static let customerDays = 14
    static let compromisedFactor = 5.0

    func checked() throws(SimulationError) -> SimulationParameters {
        func require(_ isTrue: Bool, _ message: String) throws(SimulationError) {
            if !isTrue { throw SimulationError(.invalidParameter, message) }
        }
        try require((1...50_000_000).contains(customers), "customers: expected 1 to 50,000,000, found \(customers)")
        try require((1...50_000_000).contains(terminals), "terminals: expected 1 to 50,000,000, found \(terminals)")
        try require((days ?? 1) >= 1, "days: expected at least 1, found \(days ?? 0)")
        try require(
            start.microseconds % 86_400_000_000 == 0, "start: expected midnight UTC of a day, found \(start)")
        try require(
            fraudRate >= 0 && fraudRate <= 100, "fraud rate: expected a factor from 0 to 100, found \(fraudRate)")
        if let drift {
            try require(drift.day >= 0, "drift day: expected 0 or later, found \(drift.day)")
            try require(drift.largeAmount > 0 && drift.compromisedFactor > 0, "drift: expected amounts above 0")
        }
        return self
    }
}
