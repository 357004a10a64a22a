import Testing

import Millrace
@testable import MillraceLearning

@Suite struct CardPrecisionTests {
    /// The definition, word by word and slowly.
    private func bruteForce(_ rows: ScoredRows, k: Int) -> Double {
        var found: Set<Int32> = []
        var daily: [Double] = []
        let days = rows.days ?? []
        let entities = rows.entities ?? []
        for day in Set(days).sorted() {
            var best: [Int32: Double] = [:]
            var positive: Set<Int32> = []
            for row in 0..<rows.count where days[row] == day && !found.contains(entities[row]) {
                best[entities[row]] = max(best[entities[row]] ?? -1, rows.scores[row])
                if rows.labels[row] == 1 { positive.insert(entities[row]) }
            }
            let looked = best.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(k).map(\.key)
            let hits = looked.filter(positive.contains)
            found.formUnion(hits)
            daily.append(Double(hits.count) / Double(k))
        }
        return daily.reduce(0, +) / Double(daily.count)
    }

    @Test func `an entity once found takes no place on later days`() throws {
        let rows = try ScoredRows(
            scores: [0.9, 0.8, 0.7, 0.95, 0.6, 0.5], labels: [1, 0, 0, 1, 1, 0], entities: [0, 1, 2, 0, 1, 2],
            days: [4, 4, 4, 5, 5, 5])
        // Day 4 looks at 0 and finds it. Day 5 looks at 1, though 0 has the higher score.
        #expect(try CardPrecision(rows, k: 1).perDay == [1, 1])
        // Day 4: 0 and 1, one found. Day 5: 1 and 2, one found.
        #expect(try CardPrecision(rows, k: 2).perDay == [0.5, 0.5])
    }

    @Test func `an entity is judged by all its rows of the day, scored by the highest`() throws {
        let rows = try ScoredRows(
            scores: [0.9, 0.1, 0.5], labels: [0, 1, 0], entities: [7, 7, 3], days: [1, 1, 1])
        #expect(try CardPrecision(rows, k: 1).measurement == .value(1))
    }

    @Test(arguments: 0..<40)
    func `it equals the definition on random rows`(seed: UInt64) throws {
        var generator = ResamplingGenerator(seed: seed)
        let count = 20 + generator.index(below: 400)
        let levels = Double(1 + generator.index(below: 30))
        var (scores, labels, entities, days) = ([Double](), [UInt8](), [Int32](), [Int32]())
        for _ in 0..<count {
            scores.append((Double.random(in: 0...1, using: &generator) * levels).rounded() / levels)
            labels.append(generator.index(below: 6) == 0 ? 1 : 0)
            entities.append(Int32(generator.index(below: 40)))
            days.append(Int32(generator.index(below: 5)) + 17_000)
        }
        let rows = try ScoredRows(scores: scores, labels: labels, entities: entities, days: days)
        for k in [1, 3, 10, 100] {
            let value = try #require(try CardPrecision(rows, k: k).measurement.value)
            #expect(abs(value - bruteForce(rows, k: k)) < 1e-12)
        }
    }

    @Test func `without entities or days it is refused, without rows undefined`() throws {
        #expect(throws: EvaluationError.self) { try CardPrecision(ScoredRows(scores: [1], labels: [1]), k: 1) }
        let rows = try ScoredRows(scores: [], labels: [], entities: [], days: [])
        #expect(try CardPrecision(rows, k: 1).measurement == .undefined(.noRows))
        #expect(throws: EvaluationError.self) { try CardPrecision(rows, k: 0) }
    }
}
