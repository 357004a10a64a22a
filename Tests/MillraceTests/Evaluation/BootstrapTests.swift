import Testing

import Millrace
@testable import MillraceLearning

@Suite struct BootstrapTests {
    static let requests: [MetricRequest] = [
        .averagePrecision, .areaUnderROC, .logLoss, .brier, .cardPrecision(10), .alertVolume(threshold: 0.4),
    ]

    static func rows(
        _ count: Int, entities: Int, seed: UInt64, signal: Double = 0.2, weighted: Bool = false
    ) throws -> ScoredRows {
        var generator = ResamplingGenerator(seed: seed)
        var noise = ResamplingGenerator(seed: UInt64(signal * 1000))
        var (scores, labels, cards, days) = ([Double](), [UInt8](), [Int32](), [Int32]())
        for _ in 0..<count {
            let isPositive = generator.index(below: 50) == 0
            let random = Double.random(in: 0..<1, using: &noise)
            scores.append((((isPositive ? signal : 0) + (1 - signal) * random) * 500).rounded() / 500)
            labels.append(isPositive ? 1 : 0)
            cards.append(Int32(generator.index(below: entities)))
            days.append(Int32(generator.index(below: 7)))
        }
        return try ScoredRows(
            scores: scores, labels: labels, weights: weighted ? scores.indices.map { Double($0 % 3) } : nil,
            entities: cards, days: days)
    }

    @Test(arguments: [false, true])
    func `every replicate is the metric of the rows drawn`(weighted: Bool) throws {
        let rows = try Self.rows(3000, entities: 200, seed: 5, weighted: weighted)
        let ranking = Ranking(rows)
        let entities = try #require(rows.entities)
        var generator = ResamplingGenerator(seed: 3)
        for _ in 0..<20 {
            var draws = [Int32](repeating: 0, count: 200)
            for _ in 0..<200 { draws[generator.index(below: 200)] += 1 }
            let drawn = (0..<rows.count).flatMap { Array(repeating: $0, count: Int(draws[Int(entities[$0])])) }
            let resampled = Ranking(rows.selecting(drawn))
            for request in Self.requests where request.metric != .cardPrecision {
                let prepared = try ResampledMetric(request, of: ranking, entities: entities, entityCount: 200)
                let value = try #require(draws.withUnsafeBufferPointer { prepared.value($0) })
                let expected = try #require(try resampled.measure(request).value)
                #expect(abs(value - expected) < 1e-9, "\(request.name)")
            }
        }
    }

    @Test func `drawing every entity once gives the metric itself`() throws {
        let rows = try Self.rows(3000, entities: 200, seed: 5)
        let ranking = Ranking(rows)
        for request in Self.requests {
            let prepared = try ResampledMetric(
                request, of: ranking, entities: try #require(rows.entities), entityCount: 200)
            let value = [Int32](repeating: 1, count: 200).withUnsafeBufferPointer { prepared.value($0) }
            let expected = try #require(try ranking.measure(request).value)
            #expect(abs(try #require(value) - expected) < 1e-12, "\(request.name)")
        }
    }

    @Test func `the same seed gives the same intervals, another seed others`() throws {
        let ranking = Ranking(try Self.rows(2000, entities: 100, seed: 9))
        let first = try Bootstrap(replicates: 50, seed: 4).intervals(of: Self.requests, on: ranking)
        #expect(try Bootstrap(replicates: 50, seed: 4).intervals(of: Self.requests, on: ranking) == first)
        #expect(try Bootstrap(replicates: 50, seed: 5).intervals(of: Self.requests, on: ranking) != first)
    }

    @Test func `a model compared with itself differs by nothing`() throws {
        let ranking = Ranking(try Self.rows(2000, entities: 100, seed: 9))
        for pair in try Bootstrap().compare(Self.requests, champion: ranking, challenger: ranking) {
            #expect(pair.difference.estimate == .value(0))
            #expect(pair.difference.lower == 0 && pair.difference.upper == 0)
            #expect(pair.difference.standardDeviation == 0)
            #expect(pair.challengerBetter == 0)
            #expect(try #require(pair.champion.lower) < #require(pair.champion.upper))
        }
    }

    @Test func `a clearly better model is better in every replicate, and pairing narrows the interval`() throws {
        let weak = Ranking(try Self.rows(6000, entities: 300, seed: 9, signal: 0.2))
        let strong = Ranking(try Self.rows(6000, entities: 300, seed: 9, signal: 0.6))
        let pair = try Bootstrap().compare([.averagePrecision], champion: weak, challenger: strong)[0]
        #expect(pair.challengerBetter == 1)
        #expect(try #require(pair.difference.lower) > 0)
        let near = Ranking(
            try weak.rows.scored(by: weak.rows.scores.enumerated().map { $1 + ($0 % 9 == 0 ? 0.002 : 0) }))
        let close = try Bootstrap().compare([.averagePrecision], champion: weak, challenger: near)[0]
        let alone = try #require(close.champion.standardDeviation)
        #expect(try #require(close.difference.standardDeviation) < alone / 2)
    }

    @Test func `the interval is as wide as the known spread of a mean`() throws {
        // The Brier score of constant scores is a mean over entities: its spread is known.
        let count = 2000
        var generator = ResamplingGenerator(seed: 1)
        let labels = (0..<count).map { _ -> UInt8 in generator.index(below: 10) == 0 ? 1 : 0 }
        let rows = try ScoredRows(
            scores: .init(repeating: 0, count: count), labels: labels, entities: (0..<Int32(count)).map { $0 })
        let interval = try Bootstrap(replicates: 1000).intervals(of: [.brier], on: Ranking(rows))[0]
        let rate = Double(rows.positives) / Double(count)
        let expected = (rate * (1 - rate) / Double(count)).squareRoot()
        #expect(abs(try #require(interval.standardDeviation) / expected - 1) < 0.1)
        #expect(abs((try #require(interval.upper) - #require(interval.lower)) / (2 * 1.96 * expected) - 1) < 0.1)
    }

    @Test func `replicates without a positive are counted, not invented`() throws {
        let rows = try ScoredRows(
            scores: [0.1, 0.2, 0.3, 0.9], labels: [0, 0, 0, 1], entities: [0, 1, 2, 3], days: [0, 0, 0, 0])
        let interval = try Bootstrap(replicates: 500).intervals(of: [.averagePrecision], on: Ranking(rows))[0]
        // The one positive is missing from (3/4)^4 of the draws.
        #expect(abs(Double(interval.undefinedReplicates) / 500 - 0.316) < 0.07)
        let none = try Bootstrap().intervals(
            of: [.averagePrecision], on: Ranking(try ScoredRows(scores: [], labels: [])))[0]
        #expect(none.estimate == .undefined(.noRows) && none.lower == nil)
    }

    @Test func `models scored on different rows are not compared`() throws {
        let one = Ranking(try Self.rows(100, entities: 10, seed: 1))
        let other = Ranking(try Self.rows(100, entities: 10, seed: 2))
        #expect(throws: EvaluationError.self) { try Bootstrap().compare([.brier], champion: one, challenger: other) }
    }
}
