import Millrace
import Testing

@Suite struct RunPlannerTests {
    @Test func theHandbooksProtocolComesOutOfDurations() throws {
        let catalog = Fixture.catalog(days: 170, cold: 37)
        let plan = try Fixture.planner().plan(asOf: moment("2018-08-22"), catalog: catalog)
        #expect(plan.holdout == Window(start: moment("2018-08-08"), end: moment("2018-08-15")))
        #expect(plan.gap == Window(start: moment("2018-08-01"), end: moment("2018-08-08")))
        #expect(plan.training == Window(start: moment("2018-07-25"), end: moment("2018-08-01")))
        #expect(plan.maturedThrough == moment("2018-08-15"))
        #expect(plan.trainingLabelsKnownAt == moment("2018-08-08"))
        #expect(plan.holdoutLabelsKnownAt == moment("2018-08-22"))
        #expect(plan.trainingRows == 70_000)
        #expect(!plan.holdoutSeen)
    }

    @Test func aPlanIsTheSameHoweverMuchArrivedSince() throws {
        let early = try Fixture.planner().plan(asOf: moment("2018-06-20"), catalog: Fixture.catalog(days: 80))
        let late = try Fixture.planner().plan(asOf: moment("2018-06-20"), catalog: Fixture.catalog(days: 170))
        #expect(early == late)
    }

    @Test func windowsThatDoNotSeeTheirWholeReachDoNotTrain() throws {
        let catalog = Fixture.catalog(days: 170, cold: 37)
        // 37 cold days end on 2018-05-08; training must begin there or later, so as_of is 28 days on.
        #expect(refusal(asOf: "2018-06-04", catalog) == .warmingUp)
        let first = try Fixture.planner().plan(asOf: moment("2018-06-05"), catalog: catalog)
        #expect(first.training.start == moment("2018-05-08"))
    }

    @Test func aSilentFeedStopsRunsAndLeavesNoFraudsAsNegativesBehind() throws {
        var catalog = DatasetCatalog()
        for index in 0..<100 {
            // Silent from day 50 to day 62: maturity stands still, then catches up.
            let isSilent = (50..<62).contains(index)
            let matured = isSilent ? day(49).end - days(7) : day(index).end - days(7)
            catalog.add(Fixture.labels(day(index), matured: matured, silent: isSilent && index > 51))
            catalog.add(Fixture.dataset(day(index)))
        }
        #expect(refusal(at: day(55).end, catalog) == .labelsSilent)
        // The feed is back; the holdout begins within the silence, when nothing after day 42 could be trusted.
        let plan = try Fixture.planner().plan(asOf: day(75).end, catalog: catalog)
        #expect(plan.holdout.start == day(61).end)
        #expect(plan.training.end == day(42).end)
    }

    @Test func refusalsNameTheirCause() throws {
        #expect(refusal(at: day(0).end, DatasetCatalog()) == .warmingUp)
        var catalog = Fixture.catalog(days: 60)
        catalog.add(Fixture.labels(day(60), match: 0.5))
        catalog.add(Fixture.dataset(day(60)))
        #expect(refusal(at: day(60).end, catalog) == .lowMatch)

        var gap = DatasetCatalog()
        for index in 0..<60 where index != 47 {
            gap.add(Fixture.labels(day(index)))
            gap.add(Fixture.dataset(day(index)))
        }
        #expect(refusal(at: day(59).end, gap) == .notEnoughWindows)

        var cold = DatasetCatalog()
        for index in 0..<60 {
            cold.add(Fixture.labels(day(index)))
            cold.add(Fixture.dataset(day(index), cold: index == 47))
        }
        #expect(refusal(at: day(59).end, cold) == .incompleteWindows)
        var noLabels = Fixture.planner()
        noLabels.labels = nil
        #expect(throws: RunRefusal.self) { try noLabels.plan(asOf: day(59).end, catalog: cold) }
    }

    @Test func aMinorityOfIncompleteWindowsIsLeftOutOfTraining() throws {
        var catalog = DatasetCatalog()
        for index in 0..<60 {
            catalog.add(Fixture.labels(day(index)))
            catalog.add(Fixture.dataset(day(index), cold: index == 34))
        }
        let plan = try Fixture.planner().plan(asOf: day(59).end, catalog: catalog)
        #expect(plan.training.contains(day(34)))
        #expect(plan.excluded == [day(34)])
        #expect(plan.trainingRows == 60_000)
    }

    @Test func memoryIsEstimatedBeforeAndNegativesAreSampledWhenAllowed() throws {
        let catalog = Fixture.catalog(days: 60)
        let tight = Fixture.planner { $0.memoryBytes = 10 << 20 }
        #expect(throws: RunRefusal.self) { try tight.plan(asOf: day(59).end, catalog: catalog) }
        let sampling = Fixture.planner {
            $0.memoryBytes = 10 << 20
            $0.sampleNegatives = true
        }
        let plan = try sampling.plan(asOf: day(59).end, catalog: catalog)
        #expect(plan.negativeShare > 0.4 && plan.negativeShare < 0.5)
        #expect(plan.estimatedBytes <= 10 << 20)
    }

    @Test func requestedSpansAreCutToWindowsAndMarkedWhenTheyReachBeyondTheGap() throws {
        let catalog = Fixture.catalog(days: 90)
        let asked = RetrainRequested.Windows(
            training: Window(start: day(10).start + .seconds(1), end: day(20).end - .seconds(1)))
        let plan = try Fixture.planner().plan(asOf: day(89).end, requested: asked, catalog: catalog)
        #expect(plan.training == Window(start: day(11).start, end: day(20).start))
        #expect(!plan.holdoutSeen)
        let overlapping = RetrainRequested.Windows(
            training: Window(start: day(70).start, end: day(80).start),
            holdout: Window(start: day(75).start, end: day(82).start))
        let seen = try Fixture.planner().plan(asOf: day(89).end, requested: overlapping, catalog: catalog)
        #expect(seen.holdoutSeen)
        #expect(seen.trainingLabelsKnownAt == day(89).end)
        let young = RetrainRequested.Windows(holdout: Window(start: day(80).start, end: day(86).start))
        #expect(throws: RunRefusal.self) {
            try Fixture.planner().plan(asOf: day(89).end, requested: young, catalog: catalog)
        }
    }

    private func refusal(asOf: String, _ catalog: DatasetCatalog) -> RunRefusal.Code? {
        refusal(at: moment(asOf), catalog)
    }

    private func refusal(at moment: Timestamp, _ catalog: DatasetCatalog) -> RunRefusal.Code? {
        do throws(RunRefusal) {
            _ = try Fixture.planner().plan(asOf: moment, catalog: catalog)
            return nil
        } catch {
            #expect(!error.message.isEmpty)
            return error.code
        }
    }
}
