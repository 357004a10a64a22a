import MillraceCore

/// Makes card transactions, genuine and fraudulent, in order of time. The same parameters give the same rows, on every
/// machine and whatever the sizes of the batches.
///
/// Method (see `SimulationParameters` for its source): customers and terminals lie on a plane; a customer makes
/// Poisson-many transactions a day around noon (normal, σ 20,000 s), at terminals nearby, of normal amounts around a
/// mean of its own. Frauds are amounts over 220 (scenario 1), all transactions of compromised terminals (2), and a third
/// of those of compromised customers, at five times the amount (3).
///
/// Memory: the population (about 300 bytes a customer at the usual density) and one day of transactions.
public struct TransactionSimulator: Sendable {
    public let parameters: SimulationParameters

    private let population: SimulatedPopulation
    private var day = 0
    private var nextID = 0
    private var terminalsOwed = 0.0
    private var customersOwed = 0.0
    /// The first day on which each is sound again.
    private var terminalSoundFrom: [Int32]
    private var customerSoundFrom: [Int32]
    private var today = TransactionBatch()
    private var handedOut = 0
    private var unsorted = UnsortedDay()

    public init(_ parameters: SimulationParameters) throws(SimulationError) {
        self.parameters = try parameters.checked()
        population = SimulatedPopulation(parameters)
        terminalSoundFrom = Array(repeating: 0, count: parameters.terminals)
        customerSoundFrom = Array(repeating: 0, count: parameters.customers)
    }

    /// Empties the batch and fills it with the next transactions, `max` at most: the way for those who make many.
    /// False when there are no more.
    public mutating func fill(_ batch: inout TransactionBatch, max: Int) -> Bool {
        batch.removeAll()
        while batch.count < max {
            if handedOut == today.count {
                guard day < parameters.days ?? .max else { break }
                simulateDay()
                continue
            }
            let rows = handedOut..<min(today.count, handedOut + max - batch.count)
            batch.append(today, rows)
            handedOut = rows.upperBound
        }
        return !batch.isEmpty
    }

    /// The next transactions, `max` at most; empty when there are no more.
    public mutating func nextBatch(max: Int) -> TransactionBatch {
        var batch = TransactionBatch()
        _ = fill(&batch, max: max)
        return batch
    }

    /// How many transactions there will be, about: for progress. Nil for a simulation without end.
    public var expectedCount: Int? {
        // Two a day and customer; times of day beyond 2.16 σ, three in a hundred, fall away.
        parameters.days.map { Int(Double($0) * Double(parameters.customers) * 2 * 0.9692) }
    }

    // MARK: A day

    private mutating func simulateDay() {
        // A generator a day: what happens on one is not moved by how many numbers another took.
        var random = SimulationRandom(seed: parameters.seed, stream: 1_000 &+ UInt64(day))
        compromise(&random)
        let drift = parameters.drift.flatMap { day >= $0.day ? $0 : nil }
        let large = Int32(((drift?.largeAmount ?? SimulationParameters.largeAmount) * 100).rounded())
        let factor = drift?.compromisedFactor ?? SimulationParameters.compromisedFactor
        unsorted.removeAll()
        for customer in 0..<parameters.customers {
            let firstTerminal = population.starts[customer]
            let terminalCount = population.starts[customer + 1] - firstTerminal
            if terminalCount == 0 { continue }
            let mean = population.meanAmounts[customer]
            let isCompromised = customerSoundFrom[customer] > day
            for _ in 0..<random.poisson(exponential: population.idleChances[customer]) {
                let time = 43_200 + 20_000 * random.normal()
                guard time >= 1, time < 86_400 else { continue }
                var amount = mean + mean / 2 * random.normal()
                if amount < 0 { amount = random.uniform(0, 2 * mean) }
                let terminal = population.reachable[firstTerminal + random.index(below: terminalCount)]
                var cents = Int32((amount * 100).rounded())
                var scenario: UInt8 = cents > large ? 1 : 0
                if terminalSoundFrom[Int(terminal)] > day { scenario = 2 }
                if isCompromised, random.index(below: 3) == 0 {
                    cents = Int32((Double(cents) * factor).rounded())
                    scenario = 3
                }
                unsorted.append(Int32(time), Int32(customer), terminal, cents, scenario)
            }
        }
        let midnight = Int(parameters.start.microseconds / 1_000_000) + day * 86_400
        unsorted.sort(into: &today, midnight: midnight, firstID: nextID)
        nextID += today.count
        handedOut = 0
        day += 1
    }

    /// Draws the terminals and customers that are compromised from this day on. What a population is too small for on
    /// one day is owed to the next.
    private mutating func compromise(_ random: inout SimulationRandom) {
        terminalsOwed += SimulationParameters.terminalShareADay * Double(parameters.terminals) * parameters.fraudRate
        while terminalsOwed >= 1 - 1e-9 {
            terminalsOwed -= 1
            terminalSoundFrom[random.index(below: parameters.terminals)] = Int32(
                day + SimulationParameters.terminalDays)
        }
        customersOwed += SimulationParameters.customerShareADay * Double(parameters.customers) * parameters.fraudRate
        while customersOwed >= 1 - 1e-9 {
            customersOwed -= 1
            customerSoundFrom[random.index(below: parameters.customers)] = Int32(
                day + SimulationParameters.customerDays)
        }
    }
}
