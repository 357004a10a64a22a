import Millrace
import Testing

@Suite struct PublishMachineTests {
    private func trained(_ index: Int, dryRun: Bool = false, training: Window? = nil) -> ModelTrained {
        let base = day(0).start + days(7 * index)
        let plan = RunPlan(
            asOf: base + days(28), maturedThrough: base + days(21),
            training: training ?? Window(start: base, end: base + days(7)),
            gap: Window(start: base + days(7), end: base + days(14)),
            holdout: Window(start: base + days(14), end: base + days(21)), trainingLabelsKnownAt: base + days(14),
            holdoutLabelsKnownAt: base + days(28), trainingRows: 1, holdoutRows: 1, estimatedBytes: 1)
        let trigger = RunTrigger(kind: .every, text: "every 7d")
        return ModelTrained(
            run: "run-\(index)", trigger: trigger, plan: plan, isDryRun: dryRun, folder: "runs/run-\(index)",
            files: [], featureHash: "f", training: .init(rows: 1, positives: 1), holdout: .init(rows: 1, positives: 1),
            metrics: [:], rounds: 1,
            lineage: Lineage(
                pipeline: "p", configurationHash: "c", featureHash: "f", asOf: plan.asOf, offsets: [:],
                trigger: trigger, versions: [:], parameters: [:]), milliseconds: 1)
    }

    private func result(_ verdict: GateDecision.Verdict, on holdout: Window = day(0)) -> JudgementResult {
        JudgementResult(
            verdict: verdict, reasons: [],
            gate: GateNumbers(
                holdout: holdout, labelsKnownAt: holdout.end, rows: 1, positives: 1, excludedRows: 0,
                metric: "average_precision", margin: 0.02, floor: nil, challenger: [:], champion: nil,
                difference: nil, interval: nil), threshold: 0.4)
    }

    /// Trains a model and concludes with a verdict.
    @discardableResult
    private func train(
        _ machine: inout PublishMachine, _ index: Int, _ verdict: GateDecision.Verdict
    ) -> Release? {
        let model = trained(index)
        guard case .judge(let judgement) = machine.handle(model, offset: Int64(index), watermark: nil) else {
            return nil
        }
        let release = machine.conclude(judgement, result(verdict, on: model.plan.holdout))
        machine.fold(release)
        return release
    }

    @discardableResult
    private func ask(
        _ machine: inout PublishMachine, _ request: PublishRequest, _ offset: Int64, watermark: Timestamp? = nil,
        newest: PublishMachine.NewestRows? = nil, verdict: GateDecision.Verdict = .promoted
    ) -> Release? {
        let id = RequestID(source: "/ops", id: "\(offset)")
        let action = machine.handle(request, id: id, offset: offset, watermark: watermark, newest: newest)
        switch action {
        case .none: return nil
        case .release(let release):
            machine.fold(release)
            return release
        case .judge(let judgement):
            let release = machine.conclude(judgement, result(verdict, on: judgement.holdout))
            machine.fold(release)
            return release
        }
    }

    private func code(_ release: Release?) -> String? {
        if case .refused(let refused)? = release { refused.reason.code } else { nil }
    }

    private func machine() -> PublishMachine { PublishMachine(model: "m", gate: GateSettings()) }

    @Test func oneRunOneVersionHoweverOftenItIsDelivered() {
        var machine = machine()
        train(&machine, 0, .promoted)
        train(&machine, 1, .rejected)
        #expect(machine.handle(trained(0), offset: 5, watermark: nil) == .none)
        #expect(machine.handle(trained(1), offset: 6, watermark: nil) == .none)
        #expect(machine.state.versions.keys.sorted() == [1, 2])
        #expect(machine.state.champion == 1)
        #expect(machine.state.nextVersion == 3)
    }

    @Test func aChampionThatSawTheHoldoutIsReportedToTheGate() {
        var machine = machine()
        train(&machine, 0, .promoted)
        // Model 0 was trained on the week that is this one's gap.
        var next = trained(1)
        next.plan.gap = Window(start: day(0).start, end: day(14).start)
        guard case .judge(let judgement) = machine.handle(next, offset: 1, watermark: nil) else {
            Issue.record("expected a judgement")
            return
        }
        #expect(judgement.isSeen)
        guard case .judge(let fair) = machine.handle(trained(1), offset: 1, watermark: nil) else { return }
        #expect(!fair.isSeen)
    }

    @Test func aDryRunIsNeverPromoted() {
        let machine = machine()
        guard case .judge(let judgement) = machine.handle(trained(0, dryRun: true), offset: 0, watermark: nil) else {
            Issue.record("expected a judgement")
            return
        }
        let release = machine.conclude(judgement, result(.promoted))
        guard case .rejected(let verdict) = release else { Issue.record("\(release)"); return }
        #expect(verdict.reasons.last?.code == "dry-run")
    }

    @Test func requestsNameTheChampionThatTheyReplace() {
        var machine = machine()
        train(&machine, 0, .promoted)
        train(&machine, 1, .awaitingApproval)
        let stale = PromoteRequested(version: 2, replaces: nil, requester: "ops", reason: "r")
        #expect(code(ask(&machine, .promote(stale), 0)) == "champion-changed")
        let good = PromoteRequested(version: 2, replaces: 1, requester: "ops", reason: "r")
        guard case .published(let verdict)? = ask(&machine, .promote(good), 1) else {
            Issue.record("not published")
            return
        }
        #expect(verdict.championBefore == 1 && verdict.champion == 2 && verdict.previous == 1)
        #expect(verdict.threshold == 0.4)
        #expect(
            code(ask(&machine, .rollback(.init(replaces: 1, requester: "ops", reason: "r")), 2)) == "champion-changed")
    }

    @Test func rejectedAndRolledBackVersionsNeedForce() {
        var machine = machine()
        train(&machine, 0, .promoted)
        train(&machine, 1, .rejected)
        train(&machine, 2, .promoted)
        ask(&machine, .rollback(.init(replaces: 3, requester: "ops", reason: "r")), 0)
        #expect(machine.state.champion == 1)
        for version in [2, 3] {
            var request = PromoteRequested(version: version, replaces: 1, requester: "ops", reason: "r")
            #expect(code(ask(&machine, .promote(request), Int64(version * 10))) == "needs-force")
            if version == 3 {
                request.force = true
                ask(&machine, .promote(request), 99)
            }
        }
        #expect(machine.state.champion == 3)
    }

    @Test func aRollbackGoesBackStepByStepAndHoldsPromotionUntilResumed() {
        var machine = machine()
        for index in 0..<3 { train(&machine, index, .promoted) }
        ask(&machine, .rollback(.init(replaces: 3, requester: "ops", reason: "alerts doubled")), 0)
        #expect(machine.state.champion == 2 && machine.state.previous == 1)
        #expect(machine.state.hold != nil)
        guard case .judge(let judgement) = machine.handle(trained(3), offset: 3, watermark: nil) else { return }
        #expect(judgement.isHeld)
        ask(&machine, .rollback(.init(replaces: 2, requester: "ops", reason: "still")), 1)
        #expect(machine.state.champion == 1 && machine.state.previous == nil)
        #expect(code(ask(&machine, .rollback(.init(replaces: 1, requester: "ops", reason: "r")), 2)) == "no-previous")
        ask(&machine, .resume(.init(requester: "ops", reason: "fixed")), 3)
        #expect(machine.state.hold == nil)
    }

    @Test func aLateApprovalIsJudgedOnNewerRowsAndExpires() {
        var machine = machine()
        train(&machine, 0, .promoted)
        train(&machine, 1, .awaitingApproval)
        let request = PromoteRequested(version: 2, replaces: 1, requester: "ops", reason: "r")
        let later = PublishMachine.NewestRows(
            holdout: Window(start: day(40).start, end: day(47).start), labelsKnownAt: day(54).start)
        let action = machine.handle(
            .promote(request), id: .init(source: "/o", id: "x"), offset: 0, watermark: day(36).start, newest: later)
        guard case .judge(let judgement) = action else { Issue.record("\(action)"); return }
        #expect(judgement.holdout == later.holdout)
        #expect(judgement.version == 2)
        // Trained at as_of day 35, approval lasts a week.
        #expect(
            code(ask(&machine, .promote(request), 1, watermark: day(42).start, newest: later)) == "approval-expired")
    }

    @Test func aRequestIsAnsweredOnce() {
        var machine = machine()
        train(&machine, 0, .promoted)
        let hold = PublishRequest.hold(.init(requester: "ops", reason: "audit"))
        ask(&machine, hold, 0)
        let id = RequestID(source: "/ops", id: "0")
        #expect(machine.handle(hold, id: id, offset: 7, watermark: nil, newest: nil) == .none)
    }

    @Test(arguments: 0..<60) func aRefoldAtAnyPointDecidesTheSame(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        var live = machine()
        var topic: [Release] = []
        var (models, requests): (Int64, Int64) = (0, 0)
        for _ in 0..<60 {
            // A successor that has only the topic.
            var refolded = machine()
            for release in topic { refolded.fold(release) }
            #expect(refolded.state == live.state)
            if Bool.random(using: &random) { live = refolded }

            var release: Release?
            if Int.random(in: 0..<3, using: &random) > 0 {
                let verdict = GateDecision.Verdict.allCases.randomElement(using: &random)!
                release = train(&live, Int(models), verdict)
                models += 1
            } else {
                let version = Int.random(in: 1...max(1, live.state.nextVersion), using: &random)
                let replaces = Bool.random(using: &random) ? live.state.champion : 1
                let force = Bool.random(using: &random)
                let all: [PublishRequest] = [
                    .promote(.init(version: version, replaces: replaces, requester: "o", reason: "r", force: force)),
                    .rollback(.init(replaces: replaces, requester: "o", reason: "r")),
                    .rollback(
                        .init(version: "\(version)", replaces: replaces, requester: "o", reason: "r", force: force)),
                    .hold(.init(requester: "o", reason: "r")), .resume(.init(requester: "o", reason: "r")),
                ]
                release = ask(&live, all.randomElement(using: &random)!, requests)
                requests += 1
            }
            if let release { topic.append(release) }
            let state = live.state
            #expect(state.champion.map { state.versions[$0]?.status == .champion } ?? true)
            #expect(!state.history.contains(state.champion ?? 0))
            #expect(state.versions.values.count { $0.status == .champion } == (state.champion == nil ? 0 : 1))
            if case .published(let verdict)? = release {
                #expect(verdict.champion == state.champion && verdict.previous == state.previous)
            }
            if case .rolledBack(let verdict)? = release {
                #expect(verdict.champion == state.champion && verdict.previous == state.previous)
            }
        }
    }
}
