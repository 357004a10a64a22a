import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// What publish decides on a model, on models that XGBoost really trained, over topics in memory.
@Suite struct PublishVerdictTests: PublishSuite {
    @Test func theFirstModelPassesAtTheFloorAndTakesItsPlaceInTheRegistry() throws {
        let desk = try desk()
        let release = try desk.judge("run-1", .better)
        guard case .published(let verdict)? = release else { Issue.record("\(String(describing: release))"); return }
        #expect(verdict.version == 1 && verdict.champion == 1 && verdict.previous == nil)
        #expect(codes(release) == ["first-model"])
        let gate = try #require(verdict.gate)
        #expect(gate.rows == 600 && gate.positives > 20 && gate.champion == nil)
        #expect(gate.challenger["average_precision"]! > 0.3)
        let threshold = try #require(verdict.threshold)

        let alias = try #require(try desk.registry.alias("champion"))
        #expect(alias.version == 1 && alias.threshold == threshold && alias.releaseOffset == 0)
        for name in ["model.ubj", "model.json", "lineage.json", "report.json", "report.html", "release.json"] {
            #expect(try !desk.registry.read(name, version: 1).isEmpty)
        }
        let report = try JSONDecoder().decode(
            TrainingReport.self, from: Data(try desk.registry.read("report.json", version: 1)))
        #expect(report.challenger.operatingPoint?.threshold == threshold)
        #expect(report.challenger.operatingPoint?.cost != nil)
        #expect(!report.importance.isEmpty && report.decision?.verdict == .promoted)
        let moved = try (desk.topics[.aliases] ?? []).map {
            try MessageCodec.decode(headers: $0.headers, value: $0.value).payload(AliasMoved.self)
        }
        #expect(moved.map(\.alias) == ["champion", "previous"] && moved.map(\.version) == [1, nil])
        #expect(
            desk.topics[.aliases]?.map { String(decoding: $0.key!, as: UTF8.self) } == [
                "shop/champion", "shop/previous",
            ])
    }

    @Test func aFirstModelBelowTheFloorIsRejected() throws {
        let desk = try desk { $0.gate.floor = 0.99 }
        let release = try desk.judge("run-1", .better)
        guard case .rejected? = release else { Issue.record("\(String(describing: release))"); return }
        #expect(codes(release) == ["below-floor"])
        #expect(try desk.registry.alias("champion") == nil)
    }

    @Test func aBetterChallengerIsPromotedAndAnEqualOneRefused() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        let better = try desk.judge("run-2", .better)
        guard case .published(let verdict)? = better else { Issue.record("\(String(describing: better))"); return }
        #expect(verdict.championBefore == 1 && verdict.champion == 2 && verdict.previous == 1)
        let gate = try #require(verdict.gate)
        let difference = try #require(gate.difference), interval = try #require(gate.interval)
        #expect(gate.challenger["average_precision"]! - gate.champion!["average_precision"]! == difference)
        #expect(difference >= 0.02 && interval.lower <= difference && difference <= interval.upper)

        let equal = try desk.judge("run-3", .better)
        guard case .rejected(let refused)? = equal else { Issue.record("\(String(describing: equal))"); return }
        #expect(refused.gate?.difference == 0)
        #expect(codes(equal).first == "margin-not-met")
        #expect(try desk.registry.alias("champion")?.version == 2)
        #expect(try desk.registry.alias("previous")?.version == 1)
    }

    @Test func tooFewPositivesDecideNothing() throws {
        let desk = try desk { $0.gate.minimumPositives = 10_000 }
        let release = try desk.judge("run-1", .better)
        guard case .inconclusive? = release else { Issue.record("\(String(describing: release))"); return }
        #expect(codes(release).first == "too-few-positives")
    }

    @Test func aModelDeliveredTwiceIsOneVersion() throws {
        let desk = try desk()
        let model = try desk.fixture.train("run-1", .good)
        try desk.put(model, .models)
        try desk.put(model, .models)
        try desk.run()
        try desk.restart()
        try desk.put(model, .models)
        try desk.run()
        #expect(try desk.releases().count == 1)
        #expect(desk.registry.versions() == [1])
    }

    @Test func theSameInputsGiveTheSameBytes() throws {
        // One folder after the other: its name is part of the configuration, and so of lineage.
        let name = "\(UUID())"
        let values = try (0..<2).map { _ in
            let desk = try PublishDesk(LearningFixture(name: name))
            try desk.judge("run-1", .good)
            try desk.judge("run-2", .better)
            return desk.topics[.releases]?.map(\.value) ?? []
        }
        #expect(values[0].count == 2)
        let isSame = values[0] == values[1]
        #expect(isSame)
    }

    @Test func aChampionThatTrainedWithinTheHoldoutIsNotReplacedByItself() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        var model = try desk.fixture.train("run-2", .better)
        model.plan.holdoutSeen = true
        try desk.put(model, .models)
        try desk.run()
        let release = try desk.releases().last
        guard case .awaitingApproval? = release else { Issue.record("\(String(describing: release))"); return }
        #expect(codes(release).first == "holdout-seen")
    }

    @Test func aModelTrainedAheadOfTheDatasetsReadWaitsForThem() throws {
        let fixture = try LearningFixture()
        let desk = try PublishDesk(fixture, withDatasets: 6)
        #expect(try desk.judge("run-1", .good) == nil)
        for message in fixture.datasets.suffix(2) { try desk.put(message, .datasets) }
        try desk.run()
        #expect(try desk.releases().count == 1)
    }

    @Test func aChampionOfAnotherFeatureSetIsJudgedOnTheSameEventsByItsOwnFeatures() throws {
        let desk = try desk()
        try desk.judge("run-1", .better)
        let alone = try desk.judge("run-2", .better)?.verdict?.gate
        try desk.fixture.addFeatureSet("f00d") { try desk.put($0, .datasets) }
        try desk.put(desk.fixture.train("run-3", .better, featureHash: "f00d"), .models)
        try desk.run()
        let gate = try #require(try desk.releases().last?.verdict?.gate)
        #expect(gate.rows == 600)
        // The champion scores as it does beside a challenger of its own set.
        #expect(gate.champion == alone?.champion)
    }

    @Test func aChampionWhoseFeaturesAreGoneCannotBeCompared() throws {
        let desk = try desk()
        try desk.fixture.addFeatureSet("f00d") { try desk.put($0, .datasets) }
        try desk.judge("run-1", .good)
        let folder = DatasetStore.path(window: LearningFixture.day(4), featureHash: desk.fixture.featureHash)
        try FileManager.default.removeItem(atPath: "\(desk.fixture.pipeline.folder)/\(folder)")
        try desk.put(desk.fixture.train("run-2", .better, featureHash: "f00d"), .models)
        try desk.run()
        try desk.runUntil { try desk.releases().count == 2 }
        guard case .inconclusive(let verdict)? = try desk.releases().last else { Issue.record("decided"); return }
        #expect(
            verdict.reasons[0].code == "evaluation-failed" && verdict.reasons[0].message.contains("20260105T000000Z"))
    }
}
