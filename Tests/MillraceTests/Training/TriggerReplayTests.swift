import Millrace
import Testing

/// A worker in small: it commits decisions to a log, dies at any point, and folds the log to go on.
private struct Worker {
    var settings: TriggerSettings
    let datasets: [DatasetsMessage]
    /// A request, and the moment it is there: the number of decisions committed by then.
    let requests: [(request: RetrainRequested, id: RequestID, afterSteps: Int)]
    var committed: [TriggerDecision] = []
    var verdicts: [String] = []
    var steps = 0

    /// Runs to the end of the inputs, dying with a chance of 1 in `odds` before and after each commit.
    mutating func run(odds: Int, seed: UInt64) {
        var random = Seeded(state: seed)
        while true {
            var log = RunLog()
            for decision in committed { log.fold(decision) }
            for run in verdicts { log.foldVerdict(run: run) }
            var catalog = DatasetCatalog()
            for message in datasets.prefix(Int(log.state.datasetsOffset)) {
                switch message {
                case .labels(let labels): catalog.add(labels)
                case .dataset(let dataset): catalog.add(dataset)
                }
            }
            var machine = TriggerMachine(settings, log: log, catalog: catalog)
            var lives = true
            func dies(_ odds: Int) -> Bool { odds > 0 && Int.random(in: 0..<odds, using: &random) == 0 }
            func send(_ decisions: [TriggerDecision]) {
                guard !decisions.isEmpty, lives else { return }
                if dies(odds) { lives = false; return }
                committed += decisions
                if dies(odds) { lives = false }
            }
            send(log.open == nil ? machine.startPending() : machine.resume(wasStopped: true))
            while lives {
                steps += 1
                if let run = machine.open?.run {
                    // A request that comes while a run is under way.
                    if let due = requests.first(where: {
                        $0.afterSteps <= committed.count && Int64(index($0.id)) >= machine.state.retrainOffset
                    }), machine.state.pending.count < 3 {
                        send(machine.handle(due.request, id: due.id, offset: Int64(index(due.id))))
                        continue
                    }
                    if !verdicts.contains(run) { verdicts.append(run) }
                    if dies(odds) { lives = false; continue }
                    send(machine.verdict(run: run))
                    continue
                }
                let offset = Int(machine.state.datasetsOffset)
                guard offset < datasets.count else { return }
                switch datasets[offset] {
                case .labels(let labels): machine.handle(labels, offset: Int64(offset))
                case .dataset(let dataset): send(machine.handle(dataset, offset: Int64(offset)))
                }
                // Reading begins again at the last decision: rarer, or it would never come to the next.
                if dies(odds * 12) { lives = false }
            }
        }
    }

    private func index(_ id: RequestID) -> Int { requests.firstIndex { $0.id == id } ?? 0 }
}

@Suite struct TriggerReplayTests {
    private func triggers(_ random: inout Seeded) -> [Trigger] {
        let all: [Trigger] = [
            .every(days(Int.random(in: 2...9, using: &random)), from: moment("2018-05-10")),
            .every(days(5), from: nil), .windows(Int.random(in: 3...11, using: &random)),
            .events(Int.random(in: 20_000...200_000, using: &random)),
            .labels(Int.random(in: 100...900, using: &random)), .schedule(cron: "0 6 * * *", wallClock: false),
        ]
        return all.filter { _ in Bool.random(using: &random) }
    }

    private func summary(_ decisions: [TriggerDecision]) -> [String] {
        decisions.compactMap { decision in
            switch decision {
            // A restart repeats an attempt; what is decided is the first.
            case .start(let started): started.attempt == 1 ? "start \(started.run) \(started.plan.asOf)" : nil
            case .refuse(let refused): "refuse \(refused.run) \(refused.refusal.code)"
            case .merge(let merged): "merge \(merged.run) into \(merged.into)"
            case .queue(let queued): "queue \(queued.run)"
            case .fail(let failed): "fail \(failed.run)"
            }
        }
    }

    @Test(arguments: 0..<40) func eventTimeDecisionsAreTheSameWhereverTheWorkerDies(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let settings = Fixture.settings(triggers(&random))
        let log = Fixture.log(days: 90, cold: Int.random(in: 0...37, using: &random))
        var calm = Worker(settings: settings, datasets: log, requests: [])
        calm.run(odds: 0, seed: 0)
        var troubled = Worker(settings: settings, datasets: log, requests: [])
        troubled.run(odds: 5, seed: UInt64(seed) + 1)
        #expect(summary(troubled.committed) == summary(calm.committed))
        #expect(calm.committed.isEmpty == settings.triggers.isEmpty || calm.committed.count > 0)
    }

    @Test(arguments: 0..<40) func requestsAreAnsweredOnceWhateverDies(seed: Int) {
        var random = Seeded(state: UInt64(seed) &* 77)
        let settings = Fixture.settings([.windows(4)])
        let requests = (0..<5).map { index in
            (
                request: RetrainRequested(
                    reason: "r\(index)", requester: "t", parameters: Bool.random(using: &random) ? ["eta": "0.2"] : nil),
                id: RequestID(source: "/t", id: "\(index)"), afterSteps: Int.random(in: 0...12, using: &random)
            )
        }.sorted { $0.afterSteps < $1.afterSteps }
        var worker = Worker(settings: settings, datasets: Fixture.log(days: 90), requests: requests)
        worker.run(odds: 6, seed: UInt64(seed))
        var firsts: [RequestID: [String]] = [:]
        for decision in worker.committed {
            for id in decision.trigger?.requests ?? [] {
                switch decision {
                case .start(let started) where started.attempt == 1: firsts[id, default: []].append("start")
                case .merge: firsts[id, default: []].append("merge")
                case .refuse: firsts[id, default: []].append("refuse")
                default: break
                }
            }
        }
        #expect(firsts.count == 5)
        // Each is started, merged or refused, and only once.
        #expect(firsts.values.allSatisfy { $0.count == 1 })
        // And event time went on as if they had not been there.
        var alone = Worker(settings: settings, datasets: Fixture.log(days: 90), requests: [])
        alone.run(odds: 0, seed: 0)
        let own = worker.committed.filter { $0.trigger.map { $0.kind != .request } ?? false }
        #expect(summary(own) == summary(alone.committed))
    }

    @Test func foldingTheLogTwiceOrWithRepeatsChangesNothing() {
        var worker = Worker(settings: Fixture.settings([.windows(4)]), datasets: Fixture.log(days: 60), requests: [])
        worker.run(odds: 4, seed: 9)
        var once = RunLog()
        var twice = RunLog()
        for decision in worker.committed {
            once.fold(decision)
            twice.fold(decision)
            let isNew = twice.fold(decision)
            #expect(!isNew)
        }
        #expect(once == twice)
    }
}
