import Testing

import Millrace
@testable import MillraceLearning

@Suite struct MetricsTests {
    @Test func `a metric without a value says why`() throws {
        let none = Ranking(try ScoredRows(scores: [], labels: []))
        #expect(none.areaUnderROC == .undefined(.noRows))
        #expect(none.averagePrecision == .undefined(.noRows))
        #expect(none.logLoss == .undefined(.noRows))
        #expect(none.brier == .undefined(.noRows))
        #expect(none.rocCurve.isEmpty && none.precisionRecallCurve.isEmpty && none.calibration().isEmpty)
        #expect(none.threshold(alertsPerDay: 3) == nil)

        let negative = Ranking(try ScoredRows(scores: [0.1, 0.2], labels: [0, 0]))
        #expect(negative.areaUnderROC == .undefined(.noPositives))
        #expect(negative.averagePrecision == .undefined(.noPositives))
        #expect(negative.logLoss.value != nil)

        let positive = Ranking(try ScoredRows(scores: [0.1, 0.2], labels: [1, 1]))
        #expect(positive.areaUnderROC == .undefined(.noNegatives))
        #expect(positive.averagePrecision == .value(1))

        let margins = Ranking(try ScoredRows(scores: [-3, 2], labels: [0, 1]))
        #expect(margins.areaUnderROC == .value(1))
        #expect(margins.logLoss == .undefined(.notProbabilities))
        #expect(margins.logLoss.description == "undefined, because not all scores are between 0 and 1")
        #expect(try margins.point(at: 5).precision == .undefined(.noAlerts))
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a score that is no number is refused`(score: Double) {
        let error = #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5, score], labels: [0, 1]) }
        #expect(error?.code == .invalidValue)
        #expect(error?.message.contains("row 1") == true)
    }

    @Test func `columns of other lengths, labels and weights that cannot be are refused`() {
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: []) }
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: [2]) }
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: [1], weights: [-1]) }
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: [1], amounts: [.nan]) }
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: [1], entities: [-1]) }
        #expect(throws: EvaluationError.self) { try ScoredRows(scores: [0.5], labels: [1], days: [1, 2]) }
    }

    @Test func `a row that weighs two is two rows`() throws {
        let item = EvaluationCase.all[2]
        let weights = item.scores.indices.map { Double($0 % 4) }
        let repeated = item.scores.indices.flatMap { Array(repeating: $0, count: $0 % 4) }
        let weighted = Ranking(try ScoredRows(scores: item.scores, labels: item.labels, weights: weights))
        let plain = Ranking(try item.rows.selecting(repeated))
        for request in [MetricRequest.averagePrecision, .areaUnderROC, .logLoss, .brier] {
            let distance =
                try #require(try weighted.measure(request).value) - #require(try plain.measure(request).value)
            #expect(abs(distance) < 1e-12)
        }
    }

    @Test func `a threshold by budget is the lowest whose alerts fit`() throws {
        let rows = try ScoredRows(
            scores: [0.9, 0.8, 0.8, 0.7, 0.1, 0.1], labels: [1, 0, 1, 0, 0, 1], days: [1, 1, 1, 2, 2, 2])
        let ranking = Ranking(rows)
        #expect(ranking.threshold(alertsPerDay: 2)?.threshold == 0.7)
        #expect(ranking.threshold(alertsPerDay: 1.9)?.threshold == 0.8)
        #expect(ranking.threshold(alertsPerDay: 1)?.threshold == 0.9)
        #expect(ranking.threshold(alertsPerDay: 0.5)?.alerts == 1)
        let nothing = try #require(ranking.threshold(alertsPerDay: 0.4))
        #expect(nothing.alerts == 0 && nothing.threshold > 0.9)
        #expect(ranking.threshold(alertsPerDay: 100)?.alerts == 6)
    }

    @Test func `costs are those of the alerts and of what is missed`() throws {
        let rows = try ScoredRows(
            scores: [0.9, 0.8, 0.8, 0.7], labels: [1, 0, 1, 1], amounts: [100, 5, 30, 2])
        let ranking = Ranking(rows)
        let costs = AlertCosts(perAlert: 4, missed: .amount)
        #expect(try ranking.table(at: [1, 0.9, 0.8, 0.7], costs: costs).map(\.cost) == [132, 36, 14, 16])
        #expect(try ranking.cheapestThreshold(costs: costs)?.threshold == 0.8)
        let dear = try #require(try ranking.cheapestThreshold(costs: AlertCosts(perAlert: 1000, missed: .amount)))
        #expect(dear.alerts == 0 && dear.cost == 132)
        #expect(try ranking.point(at: 0.8, costs: AlertCosts(perAlert: 1, missed: .fixed(10))).cost == 13)
        #expect(throws: EvaluationError.self) {
            try Ranking(ScoredRows(scores: [1], labels: [1])).point(at: 0, costs: costs)
        }
    }

    @Test func `a thinned curve keeps its ends and its area`() throws {
        let ranking = Ranking(try EvaluationCase.all[1].rows)
        let curve = ranking.rocCurve
        let thin = curve.thinned(to: 100)
        #expect(thin.count <= 100 && thin.count > 50)
        #expect(thin.first == curve.first && thin.last == curve.last)
        let area = zip(thin, thin.dropFirst()).reduce(0.0) {
            $0 + ($1.1.falsePositiveRate - $1.0.falsePositiveRate) * ($1.1.truePositiveRate + $1.0.truePositiveRate) / 2
        }
        #expect(abs(area - (ranking.areaUnderROC.value ?? 0)) < 0.005)
    }

    @Test func `bins of equal positives cover all rows and hold ties together`() throws {
        for item in EvaluationCase.all {
            let rows = try item.rows
            let bins = Ranking(rows).calibration()
            #expect(!bins.isEmpty)
            #expect(bins.map(\.rows).reduce(0, +) == rows.count(where: { rows.weight($0) > 0 }))
            for (lower, upper) in zip(bins, bins.dropFirst()) { #expect(lower.highest < upper.lowest) }
            for bin in bins { #expect(bin.observedLower <= bin.observed && bin.observed <= bin.observedUpper) }
        }
    }
}

extension ScoredRows {
    fileprivate func count(where isCounted: (Int) -> Bool) -> Int { (0..<count).filter(isCounted).count }
}
