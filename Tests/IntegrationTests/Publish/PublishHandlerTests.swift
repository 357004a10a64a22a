import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// The publish role on models that XGBoost really trained, over topics in memory.
@Suite struct PublishHandlerTests {
    private func desk(_ change: (inout Pipeline) -> Void = { _ in }) throws -> PublishDesk {
        try PublishDesk(LearningFixture(change: change))
    }

    private func codes(_ release: Release?) -> [String] { release?.verdict?.reasons.map(\.code) ?? [] }
    private func refusal(_ release: Release?) -> String? {
        if case .refused(let refused)? = release { refused.reason.code } else { nil }
    }

    private func promote(_ version: Int, over champion: Int?, force: Bool? = nil) -> PromoteRequested {
        PromoteRequested(version: version, replaces: champion, requester: "ops", reason: "test", force: force)
    }

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

    @Test func aRollbackPutsThePreviousBackAndHoldsPromotionUntilResumed() throws {
        let desk = try desk()
        try desk.judge("run-1", .weak)
        try desk.judge("run-2", .good)
        #expect(try desk.registry.alias("champion")?.version == 2)
        let stale = try desk.ask(RollbackRequested(replaces: 1, requester: "ops", reason: "alerts doubled"))
        #expect(refusal(stale) == "champion-changed")
        let back = try desk.ask(RollbackRequested(replaces: 2, requester: "ops", reason: "alerts doubled"))
        guard case .rolledBack(let verdict)? = back else { Issue.record("\(String(describing: back))"); return }
        #expect(verdict.champion == 1 && verdict.requester == "ops")
        #expect(try desk.registry.alias("champion")?.version == 1)
        #expect(try desk.registry.alias("previous") == nil)

        let held = try desk.judge("run-3", .better)
        guard case .awaitingApproval? = held else { Issue.record("\(String(describing: held))"); return }
        #expect(codes(held).first == "held-by-rollback")
        guard case .resumed? = try desk.ask(ResumeRequested(requester: "ops", reason: "fixed")) else {
            Issue.record("not resumed")
            return
        }
        guard case .published? = try desk.judge("run-4", .better) else { Issue.record("not published"); return }
        #expect(try desk.registry.alias("champion")?.version == 4)
        guard case .held? = try desk.ask(HoldRequested(requester: "ops", reason: "audit")) else {
            Issue.record("not held")
            return
        }
        // Every request has one answer that names it, also after a restart.
        let answers = try desk.releases().compactMap(\.request)
        #expect(answers.count == 4 && Set(answers).count == 4)
        try desk.restart()
        try desk.run()
        #expect(try desk.releases().compactMap(\.request) == answers)
    }

    @Test func promotionsAreRefusedWithTheirReason() throws {
        let desk = try desk()
        try desk.judge("run-1", .better)
        try desk.judge("run-2", .good)
        #expect(refusal(try desk.ask(promote(9, over: 1))) == "unknown-version")
        #expect(refusal(try desk.ask(promote(2, over: nil))) == "champion-changed")
        #expect(refusal(try desk.ask(promote(1, over: 1))) == "already-champion")
        #expect(refusal(try desk.ask(promote(2, over: 1))) == "needs-force")
        #expect(
            refusal(try desk.ask(RollbackRequested(replaces: 1, requester: "ops", reason: "r"))) == "no-previous")
        guard case .published? = try desk.ask(promote(2, over: 1, force: true)) else {
            Issue.record("not published")
            return
        }
        #expect(try desk.registry.alias("champion")?.version == 2)
        #expect(try desk.registry.alias("previous")?.version == 1)
        // Asked again under the same id it is answered once.
        let count = try desk.releases().count
        try desk.put(promote(1, over: 2, force: true), .requests, id: "twice")
        try desk.put(promote(2, over: 1, force: true), .requests, id: "twice")
        try desk.run()
        #expect(try desk.releases().count == count + 1)
        // Transform answers other requests of the topic.
        try desk.put(QuarantineRelease(window: LearningFixture.day(0), requester: "ops", reason: "r"), .requests)
        try desk.run()
        #expect(desk.passedOver == 1 && desk.buried.isEmpty)
    }

    @Test func aCrashBetweenReleaseAndAliasHealsAtTheNextStart() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        desk.diesAfterCommit = true
        #expect(throws: PublishDesk.Killed.self) { try desk.judge("run-2", .better) }
        #expect(try desk.registry.alias("champion")?.version == 1)
        desk.diesAfterCommit = false
        try desk.restart()
        try desk.run()
        #expect(try desk.releases().count == 2)
        #expect(try desk.registry.alias("champion")?.version == 2)
        #expect(try desk.registry.alias("champion")?.releaseOffset == 1)
        #expect(try desk.registry.alias("previous")?.version == 1)
        try desk.registry.verify(version: 2)

        // The whole registry is a projection: deleted, it is made again.
        let before = try desk.registry.read("model.ubj", version: 2)
        try FileManager.default.removeItem(atPath: desk.registry.path)
        try desk.restart()
        try desk.run()
        #expect(try desk.registry.read("model.ubj", version: 2) == before)
        #expect(try desk.registry.alias("champion")?.version == 2)
    }

    @Test func aDamagedModelIsNotPublished() throws {
        let desk = try desk()
        try desk.judge("run-1", .good)
        let model = try desk.fixture.train("run-2", .better)
        let path = "\(desk.fixture.pipeline.folder)/runs/run-2/model.ubj"
        var bytes = try DurableFile.read(path)
        bytes[bytes.count / 2] ^= 1
        try DurableFile.write(bytes, to: path)
        try desk.put(model, .models)
        try desk.run()
        guard case .inconclusive(let verdict)? = try desk.releases().last else { Issue.record("published"); return }
        #expect(verdict.reasons.map(\.code) == ["evaluation-failed"])
        #expect(verdict.reasons[0].message.contains("runs/run-2/model.ubj: expected"))
        #expect(desk.topics[.deadLetters]?.count == 1)
        #expect(try desk.registry.alias("champion")?.version == 1)
        // Not even by force.
        #expect(refusal(try desk.ask(promote(2, over: 1, force: true))) == "files-damaged")
        #expect(try desk.registry.alias("champion")?.version == 1)
        // A champion whose copy is damaged is judged, and served again, from its run's.
        try DurableFile.write([1, 2, 3], to: "\(desk.registry.folder(of: 1))/model.ubj")
        guard case .published? = try desk.judge("run-3", .better) else { Issue.record("not published"); return }
        try desk.restart()
        try desk.run()
        try desk.registry.verify(version: 1)
    }

    @Test func aModelThatCannotBeReadForAMomentIsJudgedLater() throws {
        let desk = try desk()
        let model = try desk.fixture.train("run-1", .good)
        let path = "\(desk.fixture.pipeline.folder)/runs/run-1/model.ubj"
        // A folder in its place: something is there, and cannot be read.
        try DurableFile.rename(path, to: "\(path).aside")
        try DurableFile.createFolder(path)
        try desk.put(model, .models)
        try desk.run()
        #expect(try desk.releases().isEmpty)
        try FileManager.default.removeItem(atPath: path)
        try DurableFile.rename("\(path).aside", to: path)
        try desk.runUntil { try !desk.releases().isEmpty }
        guard case .published? = try desk.releases().last else { Issue.record("not published"); return }
    }

    @Test func manualApprovalWaitsForAPersonAndExpires() throws {
        let desk = try desk {
            $0.gate.approval = .manual
            $0.gate.approvalExpires = .seconds(86_400)
        }
        let waiting = try desk.judge("run-1", .better)
        guard case .awaitingApproval(let verdict)? = waiting else {
            Issue.record("\(String(describing: waiting))"); return
        }
        #expect(verdict.expires == LearningFixture.day(8).start)
        guard case .published(let approved)? = try desk.ask(promote(1, over: nil)) else {
            Issue.record("not published")
            return
        }
        #expect(codes(.published(approved)) == ["approved"] && approved.threshold == verdict.threshold)
        #expect(try desk.registry.alias("champion")?.version == 1)

        // Asked for a day too late.
        let late = try self.desk {
            $0.gate.approval = .manual
            $0.gate.approvalExpires = .seconds(86_400)
        }
        try late.judge("run-1", .better)
        try late.fixture.extend(to: 8) { try late.put($0, .datasets) }
        #expect(refusal(try late.ask(promote(1, over: nil))) == "approval-expired")
        #expect(try late.registry.alias("champion") == nil)
    }

    @Test func aLateApprovalIsJudgedAgainOnNewerRows() throws {
        let desk = try PublishDesk(LearningFixture { $0.gate.approval = .manual })
        guard case .awaitingApproval? = try desk.judge("run-1", .better) else { Issue.record("not waiting"); return }
        try desk.fixture.extend(to: 8) { try desk.put($0, .datasets) }
        try desk.run()
        guard case .published(let verdict)? = try desk.ask(promote(1, over: nil)) else {
            Issue.record("not published")
            return
        }
        #expect(verdict.gate?.holdout == LearningFixture.days(5..<7))
        #expect(verdict.gate?.labelsKnownAt == LearningFixture.day(8).start)
        #expect(verdict.reasons.contains { $0.code == "approved" })
        #expect(
            verdict.report.allSatisfy { $0.path.hasPrefix("runs/run-1/") && $0.path.split(separator: "/").count == 4 })
        #expect(try desk.registry.alias("champion")?.version == 1)
    }

    @Test func aRollbackDoesNotWaitForAComparisonWhichIsThenMadeAgain() throws {
        let desk = try desk()
        try desk.judge("run-1", .weak)
        try desk.judge("run-2", .good)
        desk.duringWork = {
            try desk.interrupt(with: RollbackRequested(replaces: 2, requester: "ops", reason: "r"))
            #expect(try desk.registry.alias("champion")?.version == 1)
        }
        let release = try desk.judge("run-3", .better)
        guard case .awaitingApproval(let verdict)? = release else {
            Issue.record("\(String(describing: release))"); return
        }
        #expect(verdict.championBefore == 1)
        #expect(codes(release).first == "held-by-rollback")
        let alone = try #require(try desk.releases().dropLast().last)
        guard case .rolledBack? = Optional(alone) else { Issue.record("\(alone)"); return }
    }

    @Test func oldVersionsAndTheirRunsGoButThoseInForceStay() throws {
        let desk = try desk { $0.retention.models = 1 }
        try desk.judge("run-1", .weak)
        try desk.judge("run-2", .better)
        for index in 3...5 { try desk.judge("run-\(index)", .good) }
        #expect(desk.registry.versions() == [1, 2, 5])
        let runs = try FileManager.default.contentsOfDirectory(atPath: "\(desk.fixture.pipeline.folder)/runs")
        #expect(runs.sorted() == ["run-1", "run-2", "run-5"])
        #expect(refusal(try desk.ask(promote(3, over: 2, force: true))) == "files-missing")
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

    @Test func whatAnEarlierEmbeddedLogLeftBehindMakesWay() throws {
        let name = "\(UUID())"
        let earlier = try PublishDesk(LearningFixture(name: name))
        try earlier.judge("run-1", .weak)
        try earlier.judge("run-2", .better)
        #expect(try earlier.registry.alias("champion")?.releaseOffset == 1)
        // The same folder, a broker that knows nothing. The earlier fixture's end would take the folder away.
        defer { withExtendedLifetime(earlier) {} }
        let desk = try PublishDesk(LearningFixture(name: name))
        #expect(try desk.registry.alias("champion") == nil)
        #expect(desk.registry.versions() == [1, 2])
        try desk.run()
        try desk.judge("run-1", .better)
        let model = try DurableFile.read("\(desk.fixture.pipeline.folder)/runs/run-1/model.ubj")
        #expect(try desk.registry.read("model.ubj", version: 1) == model)
        #expect(try desk.registry.alias("champion")?.version == 1)
    }

    @Test func aRegistryThatCannotBeWrittenFollowsLater() throws {
        let desk = try desk()
        // A file where the registry's folder is to be.
        try DurableFile.createFolder(desk.fixture.pipeline.folder)
        try DurableFile.write([1], to: desk.registry.path)
        guard case .published? = try desk.judge("run-1", .good) else { Issue.record("not published"); return }
        let trouble = try #require(desk.handler.trouble)
        #expect(trouble.contains("the registry cannot follow the releases"))
        #expect(trouble.contains(desk.registry.path))
        try DurableFile.remove(desk.registry.path)
        try desk.restart()
        try desk.run()
        #expect(desk.handler.trouble == nil)
        #expect(try desk.registry.alias("champion")?.version == 1)
    }

    @Test func releasesThatFollowEachOtherDoNotKeepTheRegistryBehind() throws {
        let desk = try desk()
        try DurableFile.createFolder(desk.fixture.pipeline.folder)
        try DurableFile.write([1], to: desk.registry.path)
        try desk.judge("run-1", .good)
        let next = desk.handler.nextSettle
        try desk.ask(HoldRequested(requester: "anna", reason: "a test"))
        #expect(desk.handler.trouble != nil)
        #expect(desk.handler.nextSettle == next)
    }

    @Test func aRequestThatCannotBeReadIsSetAsideOnce() throws {
        let desk = try desk()
        var broken = try MessageCodec.encode(promote(1, over: nil), pipeline: "shop", from: "/test", to: .requests)
        broken.value = Array("{}".utf8)
        desk.put(broken, .requests)
        try desk.ask(HoldRequested(requester: "ops", reason: "audit"))
        #expect(desk.buried.map(\.code) == [.invalidData])
        #expect(try desk.releases().count == 1)
        desk.put(broken, .requests)
        try desk.run()
        try desk.restart()
        try desk.run()
        #expect(desk.buried.count == 2)
    }
}
