import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite struct TransactionSimulatorTests {
    /// Every row of a simulation.
    static func all(_ parameters: SimulationParameters, piece: Int = 10_000) throws -> TransactionBatch {
        var simulator = try TransactionSimulator(parameters)
        var whole = TransactionBatch()
        var batch = TransactionBatch()
        while simulator.fill(&batch, max: piece) { whole.append(batch, 0..<batch.count) }
        return whole
    }

    static func small(days: Int = 60, seed: UInt64 = 1) -> SimulationParameters {
        var parameters = SimulationParameters()
        parameters.customers = 1000
        parameters.terminals = 2000
        parameters.days = days
        parameters.seed = seed
        return parameters
    }

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    @Test func theFirstRowsAreTheSameOnEveryMachine() throws {
        var parameters = SimulationParameters()
        parameters.seed = 42
        var simulator = try TransactionSimulator(parameters)
        let batch = simulator.nextBatch(max: 100_000)
        let buffer = PayloadBuffer()
        var writer = TransactionCSVWriter()
        writer.append(batch, to: buffer)
        #expect(buffer.count == 100_000)
        #expect(Self.checksum(buffer.bytes) == 2_361_611_707_275_971_973)
    }

    @Test func sizesOfBatchesChangeNothing() throws {
        let parameters = Self.small(days: 5)
        #expect(try Self.all(parameters, piece: 7) == Self.all(parameters, piece: 100_000))
    }

    @Test func anotherSeedGivesOtherRows() throws {
        #expect(try Self.all(Self.small(days: 2)) != Self.all(Self.small(days: 2, seed: 2)))
    }

    @Test func rowsAreInOrderOfTimeAndNumbered() throws {
        let rows = try Self.all(Self.small(days: 10))
        #expect(rows.ids == Array(0..<rows.count))
        #expect(zip(rows.seconds, rows.seconds.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(rows.seconds[0] >= 1_522_540_800 && rows.seconds[rows.count - 1] < 1_522_540_800 + 10 * 86_400)
    }

    @Test func customersSpendAsThePublishedMethodSays() throws {
        var parameters = SimulationParameters()
        parameters.days = 40
        let rows = try Self.all(parameters)
        // Two a day and customer, less those outside the day.
        let expected = try #require(try TransactionSimulator(parameters).expectedCount)
        #expect(abs(Double(rows.count) / Double(expected) - 1) < 0.03)
        let genuine = (0..<rows.count).filter { !rows.isFraud($0) }
        let mean = genuine.reduce(0.0) { $0 + Double(rows.cents[$1]) / 100 } / Double(genuine.count)
        #expect((51...56).contains(mean))
        let noon = rows.seconds.reduce(0.0) { $0 + Double($1 % 86_400) } / Double(rows.count)
        #expect(abs(noon - 43_200) < 150)
        let spread = rows.seconds.reduce(0.0) { $0 + (Double($1 % 86_400) - noon) * (Double($1 % 86_400) - noon) }
        // σ 20,000, cut at a = 2.16 σ on both sides: 20,000 · √(1 − 2a·φ(a) / (2Φ(a) − 1)) = 18,193.
        #expect((18_100...18_290).contains((spread / Double(rows.count)).squareRoot()))
        #expect(Set(rows.customers).count > 4900)
    }

    @Test func oneTransactionInAHundredIsFraudAndEachPatternHoldsItsRule() throws {
        var parameters = SimulationParameters()
        parameters.days = 90
        let rows = try Self.all(parameters)
        let frauds = (0..<rows.count).filter { rows.isFraud($0) }
        #expect((0.005...0.015).contains(Double(frauds.count) / Double(rows.count)))
        for row in 0..<rows.count {
            let (cents, scenario) = (rows.cents[row], rows.scenarios[row])
            if cents > 22_000 { #expect(scenario != 0) }
            if scenario == 1 { #expect(cents > 22_000) }
        }
        // A compromised terminal's rows are frauds from its first to its last.
        var spans: [Int32: (first: Int, last: Int)] = [:]
        for row in frauds where rows.scenarios[row] == 2 {
            let day = rows.seconds[row] / 86_400
            spans[rows.terminals[row]] = (spans[rows.terminals[row]]?.first ?? day, day)
        }
        #expect(spans.count > 100)
        let once = spans.filter { $0.value.last - $0.value.first < 28 }
        #expect(once.count > spans.count * 9 / 10)
        for row in 0..<rows.count {
            guard let span = once[rows.terminals[row]] else { continue }
            let day = rows.seconds[row] / 86_400
            if day >= span.first && day <= span.last { #expect(rows.isFraud(row)) }
        }
        // A compromised customer's are five times the usual, so far above their mean.
        var sums: [Int32: (Double, Double)] = [:]
        for row in 0..<rows.count where !rows.isFraud(row) {
            let (sum, count) = sums[rows.customers[row]] ?? (0, 0)
            sums[rows.customers[row]] = (sum + Double(rows.cents[row]), count + 1)
        }
        var ratios: [Double] = []
        for row in frauds where rows.scenarios[row] == 3 {
            if let (sum, count) = sums[rows.customers[row]] { ratios.append(Double(rows.cents[row]) / (sum / count)) }
        }
        #expect(ratios.count > 300)
        #expect((4.5...5.5).contains(ratios.reduce(0, +) / Double(ratios.count)))
        for scenario: UInt8 in 1...3 { #expect(frauds.contains { rows.scenarios[$0] == scenario }) }
    }

    @Test func smallPopulationsHaveTheSameShareOfFraud() throws {
        let rows = try Self.all(Self.small(days: 200))
        let frauds = (0..<rows.count).count { rows.isFraud($0) }
        #expect((0.004...0.016).contains(Double(frauds) / Double(rows.count)))
    }

    @Test func theRateOfFraudScales() throws {
        var parameters = Self.small(days: 120)
        let usual = try Self.all(parameters).scenarios.count { $0 > 1 }
        parameters.fraudRate = 3
        let triple = try Self.all(parameters).scenarios.count { $0 > 1 }
        parameters.fraudRate = 0
        #expect(try Self.all(parameters).scenarios.count { $0 > 1 } == 0)
        #expect((2.0...4.0).contains(Double(triple) / Double(usual)))
    }

    @Test func driftChangesThePatternFromItsDayOnAndNothingBefore() throws {
        var parameters = Self.small(days: 60)
        let still = try Self.all(parameters)
        parameters.drift = .init(day: 30)
        let drifting = try Self.all(parameters)
        let change = try #require(still.seconds.firstIndex { $0 >= 1_522_540_800 + 30 * 86_400 })
        #expect(still.cents[..<change] == drifting.cents[..<change])
        #expect(still.scenarios[..<change] == drifting.scenarios[..<change])
        let after = change..<drifting.count
        #expect(after.allSatisfy { drifting.cents[$0] <= 18_000 || drifting.isFraud($0) })
        let compromised = after.filter { drifting.scenarios[$0] == 3 }
        #expect(!compromised.isEmpty)
        let mean = compromised.reduce(0.0) { $0 + Double(drifting.cents[$1]) / 100 } / Double(compromised.count)
        #expect(mean < 12)
    }

    @Test func parametersThatDescribeNothingAreRefused() {
        func refuse(_ change: (inout SimulationParameters) -> Void) {
            var parameters = SimulationParameters()
            change(&parameters)
            let changed = parameters
            let error = #expect(throws: SimulationError.self) { try TransactionSimulator(changed) }
            #expect(error?.code == .invalidParameter)
        }
        refuse { $0.customers = 0 }
        refuse { $0.terminals = 0 }
        refuse { $0.days = 0 }
        refuse { $0.fraudRate = -1 }
        refuse { $0.start = Timestamp(microseconds: 1) }
        refuse { $0.drift = .init(day: -1) }
    }

    @Test func ownFunctionsAgreeWithMathematics() {
        // log(1 + 1) and the like, known to more digits than a double has.
        #expect(abs(SimulationRandom.logarithm(2) - 0.693147180559945309) < 1e-15)
        #expect(abs(SimulationRandom.logarithm(10) - 2.302585092994045684) < 1e-15)
        #expect(abs(SimulationRandom.logarithm(1e-9) + 20.72326583694641116) < 1e-14)
        #expect(abs(SimulationRandom.exponential(minus: 1) - 0.367879441171442322) < 1e-14)
        #expect(abs(SimulationRandom.exponential(minus: 4) - 0.018315638888734180) < 1e-15)
    }
}
