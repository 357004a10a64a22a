import Millrace
import Testing

@Suite struct TriggerMachineTests {
    /// Feeds a log from where the machine stands and gives every run its verdict at once.
    private func drive(_ machine: inout TriggerMachine, _ log: [DatasetsMessage]) -> [TriggerDecision] {
        var decisions: [TriggerDecision] = []
        for (offset, message) in log.enumerated() where Int64(offset) >= machine.state.datasetsOffset {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: Int64(offset))
            case .dataset(let dataset): decisions += machine.handle(dataset, offset: Int64(offset))
            }
            while let run = machine.open?.run { decisions += machine.verdict(run: run) }
        }
        return decisions
    }

    /// `#expect` cannot call what changes its subject.
    private func decide(
        _ machine: inout TriggerMachine, _ body: (inout TriggerMachine) -> [TriggerDecision]
    ) -> [TriggerDecision] { body(&machine) }

    private func starts(_ decisions: [TriggerDecision]) -> [RunStarted] {
        decisions.compactMap { if case .start(let started) = $0 { started } else { nil } }
    }

    @Test func everySevenDaysOfEventTimeIsARunAtEachGridMoment() {
        var machine = TriggerMachine(Fixture.settings([.every(days(7), from: moment("2018-05-15"))]))
        let decisions = drive(&machine, Fixture.log(days: 183, cold: 37))
        // 2018-05-15 … 2018-09-25: twenty moments, of which the first three are too early.
        #expect(decisions.count == 20)
        #expect(decisions.prefix(3).allSatisfy { if case .refuse = $0 { true } else { false } })
        let runs = starts(decisions)
        #expect(runs.map(\.plan.asOf) == (3..<20).map { moment("2018-05-15") + days(7 * $0) })
        #expect(Set(runs.map(\.run)).count == 17)
    }

    @Test func withoutAnAnchorTheGridBeginsAtTheFirstWindow() {
        var machine = TriggerMachine(Fixture.settings([.every(days(30), from: nil)]))
        let runs = starts(drive(&machine, Fixture.log(days: 100)))
        #expect(runs.map(\.plan.asOf) == [day(29).end, day(59).end, day(89).end])
    }

    @Test func aMomentWithinAWindowWaitsForTheWindowsEnd() {
        let from = moment("2018-05-15T10:00:00Z")
        var machine = TriggerMachine(Fixture.settings([.every(days(7), from: from)]))
        let runs = starts(drive(&machine, Fixture.log(days: 60)))
        #expect(runs.first?.trigger.moment == from)
        #expect(runs.first?.plan.asOf == moment("2018-05-16"))
    }

    @Test func windowsEventsLabelsAndCronFireAtTheirCounts() {
        let log = Fixture.log(days: 80)
        var byWindows = TriggerMachine(Fixture.settings([.windows(20)]))
        #expect(starts(drive(&byWindows, log)).map(\.plan.asOf) == [day(39).end, day(59).end, day(79).end])
        var byEvents = TriggerMachine(Fixture.settings([.events(395_000)]))
        #expect(starts(drive(&byEvents, log)).map(\.plan.asOf) == [day(39).end, day(79).end])
        var byLabels = TriggerMachine(Fixture.settings([.labels(80 * 30)]))
        #expect(starts(drive(&byLabels, log)).map(\.plan.asOf) == [day(29).end, day(59).end])
        var byCron = TriggerMachine(Fixture.settings([.schedule(cron: "0 6 * * *", wallClock: false)]))
        let daily = drive(&byCron, log)
        #expect(daily.count == 80)
        #expect(daily.last.flatMap { starts([$0]).first }?.trigger.moment == day(79).start + .seconds(6 * 3600))
    }

    @Test func datasetsAreNotReadWhileARunIsUnderWay() throws {
        var machine = TriggerMachine(Fixture.settings([.windows(1)]))
        var offset: Int64 = 0
        for message in Fixture.log(days: 40) {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: offset)
            case .dataset(let dataset): _ = machine.handle(dataset, offset: offset)
            }
            offset += 1
            if machine.open != nil { break }
        }
        let run = try #require(machine.open)
        #expect(!machine.readsDatasets)
        #expect(run.state.datasetsOffset == offset)
        #expect(decide(&machine) { $0.verdict(run: "another") }.isEmpty)
        #expect(!machine.readsDatasets)
        #expect(decide(&machine) { $0.verdict(run: run.run) }.isEmpty)
        #expect(machine.readsDatasets)
    }

    @Test func aBusyRequestIsQueuedThenMergedThenRunsAtARecordedOffset() throws {
        var machine = TriggerMachine(Fixture.settings([.windows(40)]))
        var offset: Int64 = 0
        for message in Fixture.log(days: 40) {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: offset)
            case .dataset(let dataset): _ = machine.handle(dataset, offset: offset)
            }
            offset += 1
        }
        let first = try #require(machine.open)
        let plain = RetrainRequested(reason: "new category", requester: "risk")
        let queued = machine.handle(plain, id: .init(source: "/risk", id: "1"), offset: 0)
        guard case .queue(let waiting) = queued.first else { Issue.record("\(queued)"); return }
        #expect(waiting.behind == first.run)
        let merged = machine.handle(plain, id: .init(source: "/risk", id: "2"), offset: 1)
        guard case .merge(let message) = merged.first else { Issue.record("\(merged)"); return }
        #expect(message.into == waiting.run)
        #expect(decide(&machine) { $0.handle(plain, id: .init(source: "/risk", id: "2"), offset: 2) }.isEmpty)
        var special = plain
        special.parameters = ["eta": "0.3"]
        let apart = machine.handle(special, id: .init(source: "/risk", id: "3"), offset: 3)
        guard case .queue = apart.first else { Issue.record("\(apart)"); return }

        let next = starts(machine.verdict(run: first.run))
        #expect(next.map(\.run) == [waiting.run])
        #expect(next.first?.state.datasetsOffset == 80)
        #expect(next.first?.plan.asOf == day(39).end)
        let last = starts(machine.verdict(run: waiting.run))
        #expect(last.first?.parameters == ["eta": "0.3"])
    }

    @Test(arguments: [true, false])
    func everyDecisionCanBeSentHoweverMuchTheRequestsThatWaitHaveToSay(inReason: Bool) throws {
        var machine = TriggerMachine(Fixture.settings([.windows(40)]))
        var decisions: [TriggerDecision] = []
        for (offset, message) in Fixture.log(days: 40).enumerated() {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: Int64(offset))
            case .dataset(let dataset): decisions += machine.handle(dataset, offset: Int64(offset))
            }
        }
        let run = try #require(machine.open?.run)
        // Quotes take two bytes in JSON, and one in a header.
        let much = String(repeating: "\"", count: inReason ? 8000 : 16_000)
        for index in 0..<20 {
            var request = RetrainRequested(reason: inReason ? much : "why", requester: "risk")
            request.parameters = ["eta": "0.\(index + 1)"]
            let id = inReason ? "\(index)" : "\(index)" + much
            let envelope = Envelope(id: id, type: RetrainRequested.type, source: "/risk")
            #expect(throws: Never.self) {
                try MessageCodec.encode(request, envelope: envelope, pipeline: "p", to: .retrain)
            }
            decisions += machine.handle(request, id: .init(source: "/risk", id: id), offset: Int64(index))
        }
        decisions += machine.verdict(run: run)
        #expect(decisions.count == 22)
        #expect(throws: Never.self) {
            for decision in decisions {
                func check(_ payload: some Payload) throws {
                    _ = try MessageCodec.encode(payload, pipeline: "p", from: "/train", to: .models)
                }
                switch decision {
                case .start(let message): try check(message)
                case .refuse(let message): try check(message)
                case .merge(let message): try check(message)
                case .queue(let message): try check(message)
                case .fail(let message): try check(message)
                }
            }
        }
    }

    @Test func aWallScheduleCountsFromTheFirstTickAndMissedEntriesMakeOneRun() {
        var machine = TriggerMachine(Fixture.settings([.schedule(cron: "0 6 * * *", wallClock: true)]))
        _ = drive(&machine, Fixture.log(days: 60))
        #expect(decide(&machine) { $0.tick(moment("2026-01-01T12:00:00Z")) }.isEmpty)
        #expect(decide(&machine) { $0.tick(moment("2026-01-02T05:59:59Z")) }.isEmpty)
        let runs = starts(machine.tick(moment("2026-01-05T07:00:00Z")))
        #expect(runs.map(\.trigger.moment) == [moment("2026-01-05T06:00:00Z")])
        #expect(decide(&machine) { $0.tick(moment("2026-01-05T08:00:00Z")) }.isEmpty)
    }

    @Test func attemptsAreBoundedAndAnOrderlyStopIsNone() throws {
        var machine = TriggerMachine(Fixture.settings([.windows(40)]))
        var offset: Int64 = 0
        for message in Fixture.log(days: 40) {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: offset)
            case .dataset(let dataset): _ = machine.handle(dataset, offset: offset)
            }
            offset += 1
        }
        let run = try #require(machine.open?.run)
        #expect(starts(decide(&machine) { $0.failed(run: run, code: "io", message: "disk") }).first?.attempt == 2)
        #expect(starts(decide(&machine) { $0.resume(wasStopped: true) }).first?.failures == 1)
        #expect(starts(decide(&machine) { $0.resume(wasStopped: false) }).first?.attempt == 4)
        let last = machine.failed(run: run, code: "io", message: "disk")
        guard case .fail(let failed) = last.first else { Issue.record("\(last)"); return }
        #expect(failed.attempts == 4)
        #expect(machine.readsDatasets)
    }

    @Test func aNewTriggerDoesNotMakeUpForThePast() {
        var machine = TriggerMachine(Fixture.settings([.windows(40)]))
        let before = drive(&machine, Fixture.log(days: 50))
        var log = RunLog()
        for decision in before { log.fold(decision) }
        for started in starts(before) { log.foldVerdict(run: started.run) }
        // Nothing after the run at day 40 has been decided, so reading goes on from there.
        #expect(log.state.datasetsOffset == 80)
        var edited = TriggerMachine(
            Fixture.settings([.every(days(7), from: moment("2018-04-01")), .windows(40)]), log: log,
            catalog: Fixture.catalog(days: 40))
        let after = drive(&edited, Fixture.log(days: 44))
        #expect(starts(after).map(\.plan.asOf) == [day(41).end])
    }
}
