import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

@Suite(.serialized) struct LearningServiceTests {
    private func embedded(
        _ name: String, change: (inout Pipeline) -> Void = { _ in }
    ) throws -> (bench: LearningBench, broker: EmbeddedCluster) {
        let broker = try EmbeddedCluster()
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: name), partitions: 1) }
        return (
            try LearningBench(name: name, brokers: "embedded", address: broker.brokers, change: change), broker
        )
    }

    private func promotions(_ releases: [Release]) -> [Int] {
        releases.compactMap { if case .published(let verdict) = $0 { verdict.version } else { nil } }
    }

    @Test func datasetsBecomeRunsVerdictsAndARegistry() throws {
        let (bench, broker) = try embedded("flow")
        defer { broker.close() }
        let lost = LostRecords(topic: "e", partition: 0, firstOffset: 3000, lastOffset: 3100)
        let lossy = 15..<17
        try bench.announce(
            days: 0..<50, lost: Dictionary(uniqueKeysWithValues: lossy.map { ($0, [lost]) }))
        // Days 28, 35, 42 and 49.
        #expect(try bench.run { try bench.releases().count == 4 })
        let started = try bench.runs(RunStarted.self)
        #expect(
            started.map(\.plan.asOf) == [28, 35, 42, 49].map { LearningBench.start + .seconds($0 * 86_400) })
        let releases = try bench.releases()
        // The first passes at its floor; the others are no better.
        #expect(promotions(releases) == [1])
        #expect(releases.compactMap(\.verdict?.version) == [1, 2, 3, 4])
        #expect(releases.compactMap(\.verdict?.run) == started.map(\.run))
        let trained = try bench.runs(ModelTrained.self)
        #expect(trained.count == 4)
        #expect(trained.first?.training == .init(rows: 1400, positives: 140))
        #expect(trained.first?.lineage.offsets == ["e/0": 28 * 200])

        // Models of windows that may lack records say so, and others do not.
        let spans = trained.map { [$0.plan.training, $0.plan.holdout] }
        let gap = Window(
            start: LearningBench.start + .seconds(lossy.lowerBound * 86_400),
            end: LearningBench.start + .seconds(lossy.upperBound * 86_400))
        #expect(trained.map(\.lineage.lost) == spans.map { $0.contains { $0.overlaps(gap) } ? [lost] : nil })
        #expect(trained.first?.lineage.lost == [lost] && trained.last?.lineage.lost == nil)

        // A version comes out again from its lineage, byte for byte.
        var catalog = DatasetCatalog()
        for message in try bench.read(.datasets) {
            if message.isA(DatasetReady.self) { catalog.add(try message.payload(DatasetReady.self)) }
            if message.isA(LabelsArrived.self) { catalog.add(try message.payload(LabelsArrived.self)) }
        }
        let verdict = try #require(releases.last?.verdict)
        let again = try Reproduction(
            of: verdict.model, run: verdict.run, catalog: catalog, folder: bench.folder,
            reach: RunReach(bench.pipeline), trainer: XGBoostTrainer(),
            versions: ["millrace": "newer"])
        #expect(again.isSame)
        #expect(again.changedVersions == ["millrace: test → newer"])

        // So do all of them, and their verdicts, from the files alone.
        let moments = started.map(\.plan.asOf)
        let stored = try DatasetCatalog(
            stored: bench.folder, featureHash: bench.pipeline.featureHash, maturity: .seconds(2 * 86_400))
        let past = try Backtest(pipeline: bench.pipeline, trainer: XGBoostTrainer()).run(catalog: stored, at: moments)
        #expect(past.folds.map(\.modelChecksum) == trained.map(\.files.first?.sha256))
        #expect(past.folds.map(\.numbers?.challenger) == releases.map(\.verdict?.gate?.challenger))
        #expect(past.folds.map(\.verdict) == [.promoted, .rejected, .rejected, .rejected])
        #expect(past.table.count == 5 && past.table.allSatisfy { $0.count == past.header.count })

        let registry = Registry(path: bench.folder + "/registry", model: "flow", pipelineFolder: bench.folder)
        #expect(registry.versions() == [1, 2, 3, 4])
        for version in 1...4 { try registry.verify(version: version) }
        let champion = try #require(try registry.alias("champion"))
        #expect(champion.version == 1)
        #expect(champion.threshold != nil)
        let report = String(decoding: try registry.read("report.json", version: 1), as: UTF8.self)
        #expect(report.contains("records lost") && report.contains("offsets 3000 to 3100"))
        let html = try registry.read("report.html", version: 2)
        #expect(String(decoding: html.prefix(200), as: UTF8.self).lowercased().contains("<!doctype html"))

        // Deleted, it is made again.
        try FileManager.default.removeItem(atPath: bench.folder + "/registry")
        #expect(
            try bench.run(roles: [.publish]) {
                (try? registry.alias("champion")) != nil && registry.versions().count == 4
            })
        #expect(try registry.alias("champion") == champion)
        #expect(try bench.releases().count == 4)
    }

    @Test func aRequestIsAnsweredByARunAndOneThatCannotBeSaysWhy() throws {
        let (bench, broker) = try embedded("ask") { $0.triggers = [] }
        defer { broker.close() }
        try bench.announce(days: 0..<30)
        let request = RetrainRequested(reason: "new category", requester: "risk")
        let record = try MessageCodec.encode(
            request, envelope: Envelope(id: "1", type: RetrainRequested.type, source: "/risk"), pipeline: "ask",
            to: .retrain)
        // Sent twice, and there before the worker: it means the newest data all the same.
        try bench.send([record, record])
        #expect(try bench.run { try bench.releases().count == 1 })
        let started = try bench.runs(RunStarted.self)
        #expect(started.map(\.trigger.requester) == ["risk"])
        #expect(try bench.releases().first?.verdict?.model.lineage.trigger.requests.first?.id == "1")

        var tooEarly = request
        tooEarly.windows = .init(training: Window(start: LearningBench.start, end: LearningBench.start))
        let bad = try MessageCodec.encode(
            tooEarly, envelope: Envelope(id: "2", type: RetrainRequested.type, source: "/risk"), pipeline: "ask",
            to: .retrain)
        try bench.send([bad])
        #expect(try bench.run { try bench.runs(RunRefused.self).count == 1 })
        #expect(try bench.runs(RunRefused.self).first?.refusal.code == .badWindows)
        var misspelt = request
        misspelt.parameters = ["max_depht": "3"]
        let third = try MessageCodec.encode(
            misspelt, envelope: Envelope(id: "3", type: RetrainRequested.type, source: "/risk"), pipeline: "ask",
            to: .retrain)
        try bench.send([third])
        #expect(try bench.run { try bench.runs(RunRefused.self).count == 2 })
        let refused = try bench.runs(RunRefused.self).last
        #expect(refused?.refusal.code == .badParameters)
        #expect(refused?.refusal.message.contains("max_depht") == true)
    }

    @Test func aStopWhileTrainingIsNoFailureAndTheRunGoesOn() throws {
        let (bench, broker) = try embedded("stop")
        defer { broker.close() }
        try bench.announce(days: 0..<28)
        let slow = SlowTrainer(pause: 0.5)
        #expect(
            try bench.run(roles: [.train], trainer: slow) {
                try bench.runs(RunProgress.self).contains { $0.stage == .training }
            })
        #expect(try bench.runs(RunProgress.self).last?.stage == .stopped)
        #expect(try bench.run { try bench.releases().count == 1 })
        let started = try bench.runs(RunStarted.self)
        #expect(started.map(\.attempt) == [1, 2])
        #expect(started.last?.failures == 0)
    }

    @Test func aRunThatIsGivenUpWhenTheRoleMovesHasNotFailed() throws {
        let (bench, broker) = try embedded("moves")
        defer { broker.close() }
        try bench.announce(days: 0..<28)
        func process(_ instance: String, _ stop: StopSignal) -> RunningService {
            let log = Log { _ in }
            let handler = TrainHandler(
                pipeline: bench.pipeline, trainer: EndlessTrainer(), version: "test", log: log)
            return RunningService(
                ControlLoop(
                    handler: handler, cluster: bench.cluster, deadLetters: .init(), instance: instance, log: log,
                    stop: stop, health: RoleHealth(role: .train)))
        }
        func attempts(atLeast count: Int) throws -> Bool {
            let deadline = ContinuousClock.now + .seconds(60)
            while try bench.runs(RunStarted.self).count < count {
                guard ContinuousClock.now < deadline else { return false }
                Thread.sleep(forTimeInterval: 0.1)
            }
            return true
        }
        let stop = StopSignal()
        let one = process("0", stop)
        #expect(try attempts(atLeast: 1))
        // Each who joins or leaves makes the group share out its topics again; three failures would end the run.
        for _ in 1...3 {
            let count = try bench.runs(RunStarted.self).count
            let other = StopSignal()
            let two = process("1", other)
            #expect(try attempts(atLeast: count + 1))
            other.set()
            #expect(two.wait(until: .now + .seconds(20)))
        }
        stop.set()
        #expect(one.wait(until: .now + .seconds(20)))
        #expect(try bench.runs(RunStarted.self).allSatisfy { $0.failures == 0 })
        #expect(try bench.runs(RunFailed.self).isEmpty)
    }

    @Test func aTrainerThatFailsIsTriedAgainThenGivenUpWithADeadLetter() throws {
        let (bench, broker) = try embedded("fail") { $0.training.attempts = 2 }
        defer { broker.close() }
        try bench.announce(days: 0..<28)
        #expect(try bench.run(roles: [.train], trainer: FailingTrainer()) { try bench.runs(RunFailed.self).count == 1 })
        #expect(try bench.runs(RunStarted.self).count == 2)
        #expect(try bench.runs(RunFailed.self).first?.message.contains("no trees today") == true)
        var letters = 0
        try TopicFold(settings: bench.cluster.controlSettings(for: "test")).run(topic: "millrace.fail.dead-letters") {
            _ in letters += 1
        }
        #expect(letters == 1)
    }

    @Test func promotionAndRollbackByRequest() throws {
        let (bench, broker) = try embedded("ops") { $0.gate.approval = .manual }
        defer { broker.close() }
        try bench.announce(days: 0..<28)
        #expect(try bench.run { try bench.releases().count == 1 })
        guard case .awaitingApproval? = try bench.releases().last else { Issue.record("not awaiting"); return }
        func ask(_ id: String, _ payload: some Payload) throws {
            let envelope = Envelope(id: id, type: type(of: payload).type, source: "/ops")
            try bench.send([try MessageCodec.encode(payload, envelope: envelope, pipeline: "ops", to: .requests)])
        }
        try ask("1", PromoteRequested(version: 1, replaces: nil, requester: "ops", reason: "looks right"))
        try ask("2", RollbackRequested(replaces: 1, requester: "ops", reason: "r"))
        #expect(try bench.run { try bench.releases().count == 3 })
        let releases = try bench.releases()
        #expect(promotions(releases) == [1])
        guard case .refused(let refused)? = releases.last else { Issue.record("not refused"); return }
        #expect(refused.reason.code == "no-previous")
        let aliases = try bench.read(.aliases).map { try $0.payload(AliasMoved.self) }
        #expect(aliases.map(\.version) == [1, nil])
    }

    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
    func onARealBrokerEachRunHasOneVerdictThroughRestarts() throws {
        let server = try KafkaServer.shared()
        let name = "real\(UInt32.random(in: 0 ... 99_999))"
        let bench = try LearningBench(name: name, brokers: server.brokers)
        let admin = try Admin(settings: bench.cluster.settings(for: "test"))
        try admin.createTopics(Arrow.allCases.map { NewTopic(arrow: $0, pipeline: bench.pipeline) })
        admin.close()
        try bench.announce(days: 0..<64)
        // Stopped in order after each release, six runs in all.
        for count in 1...6 {
            #expect(try bench.run { try bench.releases().count >= count })
        }
        let releases = try bench.releases()
        #expect(releases.count == 6)
        #expect(Set(releases.compactMap(\.verdict?.run)).count == 6)
        #expect(releases.compactMap(\.verdict?.version) == Array(1...6))
        #expect(try Set(bench.runs(ModelTrained.self).map(\.run)).count == 6)
    }
}

private struct SlowTrainer: Trainer {
    var pause: Double
    let inner = XGBoostTrainer()
    var name: String { inner.name }
    var version: String { inner.version }
    func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel {
        try inner.train(job) { round in
            Thread.sleep(forTimeInterval: pause)
            try onRound(round)
        }
    }
    func load(_ model: [UInt8]) throws -> any Scorer { try inner.load(model) }
}

/// Never comes to an end, and can be given up at any moment.
private struct EndlessTrainer: Trainer {
    var name: String { "endless" }
    var version: String { "1" }
    func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel {
        while true {
            Thread.sleep(forTimeInterval: 0.05)
            try onRound(TrainingRound(completed: 0, total: 1, metrics: [:]))
        }
    }
    func load(_ model: [UInt8]) throws -> any Scorer { throw WorkCancelled() }
}

private struct FailingTrainer: Trainer {
    struct Failure: Error, CustomStringConvertible { let description = "no trees today" }
    var name: String { "none" }
    var version: String { "0" }
    func train(_ job: TrainingJob, onRound: (TrainingRound) throws -> Void) throws -> TrainedModel { throw Failure() }
    func load(_ model: [UInt8]) throws -> any Scorer { throw Failure() }
}
