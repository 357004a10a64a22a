import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// What publish answers to the requests of people.
@Suite struct PublishRequestTests: PublishSuite {
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
