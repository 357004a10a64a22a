import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning

/// Twenty weeks of days under a retention of six weeks: what is let go of is never missed.
@Suite struct RetentionTests {
    private static let rows = 40

    private static func pipeline(folder: String) -> Pipeline {
        var labels = LabelSource(topics: ["labels"], eventField: "tx_id", reportedField: "r", valueField: "v")
        labels.maturity = days(2)
        labels.horizon = days(10)
        var pipeline = Pipeline(
            name: "p", folder: folder,
            events: EventSource(
                topics: ["events"], timeColumn: "at", idColumn: "tx_id", columns: DatasetTests.columns),
            labels: labels, features: [.init(name: "a", kind: .column("amount"))],
            triggers: [.every(days(7), from: DatasetTests.day(42).start)], registry: .init(path: "\(folder)/registry"))
        pipeline.retention.datasets = days(42)
        pipeline.training.minimumPositives = 5
        pipeline.training.trainer.threads = 1
        pipeline.gate.exclude = .init(entity: "customer", sinceBeforeHoldout: days(20))
        return pipeline
    }

    /// A day's events, the labels of the day before, and what the log says of them. Every fourth event is positive.
    private static func write(_ index: Int, _ pipeline: Pipeline) throws -> (LabelsArrived, DatasetReady) {
        var content = DatasetTests.content(day: index, rows: rows)
        content.featureHash = pipeline.featureHash
        let files = try DatasetStore(folder: pipeline.folder).write(content)
        var labels = RowTable(columns: LabelSource.sliceColumns)
        for row in 0..<(index > 0 ? rows : 0) {
            let known = UInt64(bitPattern: content.window.start.microseconds + Int64(row))
            labels.times.append(Int64(known))
            let cells = [UInt64((index - 1) * 1000 + row), known, known, row % 4 == 0 ? 1 : 0]
            for (column, cell) in cells.enumerated() { labels.values[column].cells.append(cell) }
        }
        let arrived = LabelsArrived(
            window: content.window, file: try LabelFile.write(labels, window: content.window, folder: pipeline.folder),
            labels: labels.count, positives: rows / 4, negatives: 0, withdrawn: 0, changed: 0, unmatched: 0,
            matchRate: 1, maturedThrough: content.window.end - days(2), lastKnown: content.window.end, isSilent: false)
        let ready = DatasetReady(
            window: content.window, featureHash: pipeline.featureHash, rows: rows, features: content.featureNames,
            folder: DatasetStore.path(window: content.window, featureHash: pipeline.featureHash), files: files,
            isCold: false, offsets: [:], slices: [], state: nil, slicesRewindOffset: 0)
        return (arrived, ready)
    }

    private func names(_ path: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }

    @Test func `runs go on long after the first files are gone, and the champion comes out of what is left`() throws {
        try DatasetTests.withFolder { folder in
            let pipeline = Self.pipeline(folder: folder)
            let executor = RunExecutor(pipeline: pipeline, trainer: CountingTrainer(), version: "test")
            var machine = TriggerMachine(TriggerSettings(pipeline))
            var releases = PublishState()
            var models: [ModelTrained] = []
            try DurableFile.createFolder("\(folder)/runs/19700201T000000Z-0badf00d")
            for index in 0..<140 {
                let (labels, dataset) = try Self.write(index, pipeline)
                machine.handle(labels, offset: Int64(index * 2))
                for case .start(let started) in machine.handle(dataset, offset: Int64(index * 2 + 1)) {
                    let model = try executor.execute(started, catalog: machine.catalog)
                    models.append(model)
                    releases.fold(Self.release(model, version: models.count))
                    #expect(machine.verdict(run: started.run).isEmpty)
                }
                guard let now = machine.state.through else { continue }
                Expiry(pipeline).removeLearned(at: now, releases: releases)
            }
            #expect(models.count == 15)
            #expect(Set(models.map(\.training.positives)) == [70])
            let champion = try #require(releases.champion.flatMap { releases.versions[$0] })
            #expect(champion.run == models[0].run)
            let again = try Reproduction(
                of: champion.model, run: champion.run, catalog: machine.catalog, folder: folder,
                reach: RunReach(pipeline), trainer: CountingTrainer(), versions: [:])
            #expect(again.isSame)

            // Six weeks of days, and what the champion was made of and judged on, from before its exclusion on.
            let datasets = names("\(folder)/datasets/\(pipeline.featureHash.prefix(12))")
            let pinned = RunReach(pipeline).events(of: champion.model.plan)
            let kept = (0..<140).map(DatasetTests.day).filter {
                $0.end >= DatasetTests.day(139).end - days(42) || $0.overlaps(pinned)
            }
            #expect(datasets == kept.map(\.fileName))
            #expect(names("\(folder)/labels").count < 43 + 10 + 40 + 10)
            // A run that came to nothing is let go of, a version's stays with the version.
            #expect(names("\(folder)/runs") == models.map(\.run).sorted())
        }
    }

    @Test func `a run that looks back further than datasets are kept is refused, whatever is on the disk`() throws {
        var planner = Fixture.planner()
        planner.retention = days(30)
        let catalog = Fixture.catalog(days: 100)
        #expect(throws: Never.self) { try planner.plan(asOf: day(90).end, catalog: catalog) }
        planner.reach.exclusion = days(17)
        do throws(RunRefusal) {
            _ = try planner.plan(asOf: day(90).end, catalog: catalog)
            Issue.record("expected a refusal: holdout and maturity take 14 of the 30 days")
        } catch {
            #expect(error.code == .expired)
        }
    }

    /// The first is promoted, the others are rejected.
    private static func release(_ model: ModelTrained, version: Int) -> Release {
        let verdict = Verdict(
            version: version, run: model.run, championBefore: version > 1 ? 1 : nil, champion: 1, previous: nil,
            model: VersionModel(
                folder: model.folder, files: model.files, featureHash: model.featureHash, plan: model.plan,
                lineage: model.lineage),
            gate: nil, reasons: [], threshold: nil, report: [], registryPath: "p/versions/\(version)",
            watermark: model.plan.asOf, request: nil, requester: nil, inputs: .init(models: Int64(version)))
        return version == 1 ? .published(verdict) : .rejected(verdict)
    }
}

/// A model that only knows what it was trained on: equal sets give equal bytes.
private struct CountingTrainer: Trainer {
    var name: String { "counting" }
    var version: String { "1" }

    func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel {
        let facts = "\(job.set.count) \(job.set.positives) \(job.set.features.map(\.bitPattern)) \(job.set.labels)"
        return TrainedModel(bytes: Array(facts.utf8), rounds: 1, parameters: ["nthread": "\(job.threads)"])
    }

    func load(_ model: [UInt8]) throws -> any Scorer { FirstFeature() }
}

private struct FirstFeature: Scorer {
    func score(_ features: [Float], columns: Int, names: [String]) throws -> [Double] {
        stride(from: 0, to: features.count, by: columns).map { Double(features[$0]).isNaN ? 0 : Double(features[$0]) }
    }
}
