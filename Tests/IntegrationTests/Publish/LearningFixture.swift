import Foundation

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// A pipeline's folder with a week of small datasets and their labels, and models really trained on them.
///
/// Days are numbered from 2026-01-01. Training is days 0–2, the gap day 3, the holdout days 4–5; each label becomes
/// known a day after its event. A row is positive where two features agree: one split cannot tell, a few trees can.
final class LearningFixture {
    static let rowsPerDay = 300
    var pipeline: Pipeline
    private(set) var datasets: [any Payload] = []
    private(set) var catalog = DatasetCatalog()
    private var dayCount = 0
    let featureHash: String

    static func day(_ index: Int) -> Window {
        let start = Timestamp(rfc3339: "2026-01-01T00:00:00Z")! + .seconds(index * 86_400)
        return Window(start: start, end: start + .seconds(86_400))
    }

    static func days(_ range: Range<Int>) -> Window {
        Window(start: day(range.lowerBound).start, end: day(range.upperBound).start)
    }

    /// - Parameter days: of datasets; the watermark is their end.
    init(days count: Int = 7, name: String = "\(UUID())", change: (inout Pipeline) -> Void = { _ in }) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(name)").path
        let columns = [
            Column(name: "tx", type: .id), Column(name: "at", type: .time(.iso8601)),
            Column(name: "customer", type: .id), Column(name: "amount", type: .decimal(scale: 2)),
        ]
        var labels = LabelSource(topics: ["labels"], eventField: "tx", reportedField: "at", valueField: "fraud")
        labels.maturity = .seconds(86_400)
        var pipeline = Pipeline(
            name: "shop", folder: folder,
            events: EventSource(topics: ["events"], timeColumn: "at", idColumn: "tx", columns: columns),
            labels: labels, registry: .init(path: "\(folder)/registry"))
        pipeline.kafka.brokers = "embedded"
        pipeline.training.holdout = .seconds(2 * 86_400)
        pipeline.training.minimumPositives = 10
        pipeline.training.trainer.threads = 1
        pipeline.gate.minimumPositives = 20
        pipeline.gate.floor = 0.1
        pipeline.gate.entity = "customer"
        pipeline.gate.alertBudget = 20
        pipeline.gate.amountColumn = "amount"
        pipeline.gate.bootstrapReplicates = 20
        change(&pipeline)
        self.pipeline = pipeline

        featureHash = pipeline.featureHash
        try extend(to: count) { datasets.append($0) }
    }

    /// Makes further days.
    func extend(to count: Int, announce: (any Payload) throws -> Void) throws {
        let store = DatasetStore(folder: pipeline.folder)
        while dayCount < count {
            let arrived = try Self.labels(dayCount, folder: pipeline.folder)
            let ready = try Self.dataset(
                dayCount, featureHash: featureHash, columns: pipeline.events.columns, store: store)
            catalog.add(arrived)
            catalog.add(ready)
            dayCount += 1
            try announce(arrived)
            try announce(ready)
        }
    }

    /// Computes another feature set of the same events: the same features the other way round, and one more.
    func addFeatureSet(_ hash: String, announce: (any Payload) throws -> Void) throws {
        let store = DatasetStore(folder: pipeline.folder)
        for index in 0..<dayCount {
            let ready = try Self.dataset(
                index, featureHash: hash, columns: pipeline.events.columns, store: store, names: ["c", "b", "a"])
            catalog.add(ready)
            try announce(ready)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: pipeline.folder) }

    /// SplitMix64 of a row: the same data on every machine.
    private static func draw(_ day: Int, _ row: Int, _ what: Int) -> Double {
        var z = UInt64(day * 1_000_003 + row * 7 + what) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(UInt64(1) << 53)
    }

    private static func isPositive(_ day: Int, _ row: Int) -> Bool {
        let (a, b) = (draw(day, row, 0), draw(day, row, 1))
        return draw(day, row, 2) < ((a > 0.6) == (b > 0.6) && a > 0.2 ? 0.8 : 0.02)
    }

    private static func dataset(
        _ index: Int, featureHash: String, columns: [Column], store: DatasetStore, names: [String] = ["a", "b"]
    ) throws -> DatasetReady {
        var events = RowTable(columns: columns)
        var features: [Double] = []
        for row in 0..<rowsPerDay {
            let time = day(index).start.microseconds + Int64(row) * 1_000_000
            events.times.append(time)
            events.values[0].cells.append(UInt64(index * 1000 + row))
            events.values[1].cells.append(UInt64(bitPattern: time))
            events.values[2].cells.append(UInt64(row % 60))
            events.values[3].cells.append(UInt64(100 + row))
            let values = ["a": draw(index, row, 0), "b": draw(index, row, 1), "c": Double(row)]
            features += names.map { values[$0]! }
        }
        let files = try store.write(
            DatasetContent(
                window: day(index), featureHash: featureHash, featureNames: names, features: features,
                events: events, idColumn: "tx", isCold: false, slices: []))
        return DatasetReady(
            window: day(index), featureHash: featureHash, rows: rowsPerDay, features: names,
            folder: DatasetStore.path(window: day(index), featureHash: featureHash), files: files, isCold: false,
            offsets: ["events/0": Int64((index + 1) * rowsPerDay)], slices: [], state: nil, slicesRewindOffset: 0)
    }

    /// The labels that become known on a day: those of the day before.
    private static func labels(_ index: Int, folder: String) throws -> LabelsArrived {
        var table = RowTable(columns: LabelSource.sliceColumns)
        for row in 0..<(index > 0 ? rowsPerDay : 0) {
            let known = day(index).start.microseconds + Int64(row)
            table.times.append(known)
            table.values[0].cells.append(UInt64((index - 1) * 1000 + row))
            table.values[1].cells.append(UInt64(bitPattern: known))
            table.values[2].cells.append(UInt64(bitPattern: known))
            table.values[3].cells.append(isPositive(index - 1, row) ? 1 : 0)
        }
        let file = try table.count > 0 ? LabelFile.write(table, window: day(index), folder: folder) : nil
        return LabelsArrived(
            window: day(index), file: file, labels: table.count, positives: 0, negatives: 0, withdrawn: 0, changed: 0,
            unmatched: 0, matchRate: 1, maturedThrough: index > 0 ? day(index).start : nil,
            lastKnown: index > 0 ? day(index).end : nil, isSilent: false)
    }

    enum Strength { case weak, good, better }

    /// Trains as train does; `weak` is one stump, `better` as many trees as the data bears.
    func train(
        _ run: String, _ strength: Strength, isDryRun: Bool = false, featureHash: String? = nil
    ) throws -> ModelTrained {
        let day = Self.day, days = Self.days
        let plan = RunPlan(
            asOf: day(7).start, maturedThrough: day(6).start, training: days(0..<3), gap: days(3..<4),
            holdout: days(4..<6), trainingLabelsKnownAt: day(4).start, holdoutLabelsKnownAt: day(7).start,
            trainingRows: 3 * Self.rowsPerDay, holdoutRows: 2 * Self.rowsPerDay, estimatedBytes: 1)
        let parameters =
            switch strength {
            case .weak: ["rounds": "1", "max_depth": "1"]
            case .good: ["rounds": "2", "max_depth": "2"]
            case .better: ["rounds": "40", "max_depth": "4"]
            }
        let started = RunStarted(
            run: run, trigger: RunTrigger(kind: .request, text: "test"), plan: plan, parameters: parameters,
            isDryRun: isDryRun, configurationHash: pipeline.configurationHash,
            featureHash: featureHash ?? self.featureHash, attempt: 1, failures: 0, state: TriggerState())
        return try RunExecutor(pipeline: pipeline, trainer: XGBoostTrainer(), version: "test").execute(
            started, catalog: catalog)
    }
}
