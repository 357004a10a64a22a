import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning

@Suite struct TrainingSetTests {
    private func table(_ ids: Range<Int>) -> DatasetTable {
        DatasetTable(
            featureNames: ["x"], features: ids.map(Double.init), times: ids.map { Int64($0) },
            ids: CellColumn(cells: ids.map { UInt64($0) }))
    }

    private func labels(_ ids: Range<Int>) -> LabelBook.Labels {
        // Every hundredth positive, every third labelled negative, the rest unknown.
        let values = ids.map { $0 % 100 == 0 ? Int8(1) : $0 % 3 == 0 ? 0 : -1 }
        return .init(values: values, known: values.map { $0 < 0 ? .max : 0 })
    }

    @Test func anEventWithoutALabelIsANegative() {
        var set = TrainingSet(featureNames: ["x"])
        set.append(table(0..<1000), labels: labels(0..<1000), negativeShare: 1)
        #expect(set.count == 1000)
        #expect(set.positives == 10)
        #expect(set.weights == nil)
        #expect(set.features[123] == 123)
    }

    @Test func samplingKeepsPositivesAndTheWeightOfNegatives() {
        var set = TrainingSet(featureNames: ["x"])
        set.append(table(0..<20_000), labels: labels(0..<20_000), negativeShare: 0.25)
        #expect(set.positives == 200)
        let weight = zip(set.labels, set.weights ?? []).filter { $0.0 == 0 }.map { Double($0.1) }.reduce(0, +)
        // 19,800 negatives, each kept with a chance of a quarter: four standard deviations of that, times the weight.
        let deviation: Double = 4 * (19_800 * 0.25 * 0.75).squareRoot()
        #expect(abs(weight - 19_800) < 4 * deviation)
        let positiveWeights = zip(set.labels, set.weights ?? []).filter { $0.0 == 1 }.map(\.1)
        #expect(Set(positiveWeights) == [1])
    }

    @Test func theSampleDependsOnTheIDAlone() {
        var whole = TrainingSet(featureNames: ["x"])
        whole.append(table(0..<4000), labels: labels(0..<4000), negativeShare: 0.3)
        var parts = TrainingSet(featureNames: ["x"])
        parts.append(table(0..<1500), labels: labels(0..<1500), negativeShare: 0.3)
        parts.append(table(1500..<4000), labels: labels(1500..<4000), negativeShare: 0.3)
        #expect(whole == parts)
    }

    @Test func earlyStoppingHoldsTheNewestRows() {
        var set = TrainingSet(featureNames: ["x"])
        set.append(table(0..<1000), labels: labels(0..<1000), negativeShare: 1)
        var settings = XGBoostSettings()
        #expect(TrainingJob(set: set, settings: settings, threads: 1).validationStart == 1000)
        settings.earlyStoppingRounds = 5
        #expect(TrainingJob(set: set, settings: settings, threads: 1).validationStart == 800)
    }

    @Test func requestedParametersOverrideAndNonsenseIsRefused() throws {
        let settings = try XGBoostSettings().overridden(by: ["rounds": "7", "seed": "3", "eta": "0.5"])
        #expect(settings.rounds == 7 && settings.seed == 3 && settings.parameters["eta"] == "0.5")
        for bad in [["rounds": "0"], ["rounds": "many"], ["seed": "-1"], ["threads": "0"]] {
            #expect(throws: RunRefusal.self) { try XGBoostSettings().overridden(by: bad) }
        }
    }

    @Test func settingsComeBackFromLineage() {
        var settings = XGBoostSettings()
        settings.rounds = 33
        settings.seed = 5
        settings.threads = 3
        settings.earlyStoppingRounds = 4
        settings.earlyStoppingShare = 0.15
        var set = settings.parameters
        set["seed"] = "5"
        set["nthread"] = "3"
        #expect(XGBoostSettings(lineage: set.merging(settings.lineage) { $1 }) == settings)
    }

    @Test func metricDaysFollowTheZone() {
        var clock = MetricDays(zone: "Europe/Brussels")
        // 2018-06-01T22:30Z is half past midnight on 2 June in Brussels.
        let late = clock.day(of: moment("2018-06-01T22:30:00Z").microseconds)
        #expect(late.start == moment("2018-06-01T22:00:00Z").microseconds)
        let noon = clock.day(of: moment("2018-06-02T10:00:00Z").microseconds)
        #expect(noon.number == late.number)
        // The clocks went forward at 01:00Z on 25 March.
        let changed = clock.day(of: moment("2018-03-25T12:00:00Z").microseconds)
        #expect(changed.start == moment("2018-03-24T23:00:00Z").microseconds)
    }
}
