import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

@Suite struct RequestTests {
    /// Waits for the first message of a topic, as the role that answers it would.
    private func first(
        _ topic: String, _ stage: StagedPipeline, of program: StartedProgram
    ) throws -> ReceivedMessage {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if let message = try stage.broker.read(topic).first {
                return try MessageCodec.decode(
                    headers: message.headers.map(OutgoingRecord.Header.init), value: message.value)
            }
            guard program.isRunning else {
                throw OperationsError(.unanswered, "the program ended: \(try program.wait())")
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        throw OperationsError(.unanswered, "no request came: \(program.errorText)")
    }

    private func start(_ stage: StagedPipeline, _ arguments: [String]) throws -> StartedProgram {
        try StartedProgram(
            arguments + ["--brokers", stage.broker.brokers], in: stage.folder.url, environment: ["USER": "ada"])
    }

    @Test func aHoldWaitsForItsAnswer() throws {
        let stage = try StagedPipeline()
        let run = try start(stage, ["hold", "--reason", "freeze"])
        let message = try first("millrace.cards.requests", stage, of: run)
        let request = try message.payload(HoldRequested.self)
        #expect(request.reason == "freeze" && request.requester == "ada")
        let id = RequestID(source: message.envelope.source, id: message.envelope.id)
        try stage.say(
            PromotionHeld(request: id, requester: "ada", reason: "freeze", inputs: PublishInputs()), to: .releases,
            from: .publish)
        let result = try run.wait()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.contains("Held"))
    }

    @Test func theEndOfAHoldThatIsNoneIsSaid() throws {
        let stage = try StagedPipeline()
        let run = try start(stage, ["resume", "--reason", "freeze is over"])
        let message = try first("millrace.cards.requests", stage, of: run)
        let id = RequestID(source: message.envelope.source, id: message.envelope.id)
        try stage.say(
            PromotionResumed(request: id, requester: "ada", reason: "freeze is over", inputs: PublishInputs()),
            to: .releases, from: .publish)
        let result = try run.wait()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.contains("Nothing was held"))
    }

    @Test func aRefusalIsSaidWithItsReason() throws {
        let stage = try StagedPipeline()
        let run = try start(stage, ["promote", "7", "--reason", "because"])
        let message = try first("millrace.cards.requests", stage, of: run)
        #expect(try message.payload(PromoteRequested.self).version == 7)
        try stage.say(
            RequestRefused(
                request: RequestID(source: message.envelope.source, id: message.envelope.id), requester: "ada",
                requestType: PromoteRequested.type, reason: ReleaseReason("unknown-version", "there is no version 7"),
                champion: nil, inputs: PublishInputs()), to: .releases, from: .publish)
        let result = try run.wait()
        #expect(result.code == 1)
        #expect(result.error.contains("unknown-version"))
        #expect(result.error.contains("there is no version 7"))
    }

    @Test func whatNobodyAnswersHasItsOwnExitCode() throws {
        let stage = try StagedPipeline()
        let run = try stage.command("rollback", "--reason", "alerts doubled", "--timeout", "1s")
        #expect(run.code == 5)
        #expect(run.error.contains("millrace status"))
        let noWait = try stage.command("rollback", "--reason", "alerts doubled", "--no-wait")
        #expect(noWait.code == 0)
        #expect(try stage.broker.read("millrace.cards.requests").count == 2)
    }

    @Test func aRetrainIsFollowedToItsRefusal() throws {
        let stage = try StagedPipeline()
        let run = try start(stage, ["retrain", "--reason", "new category", "--follow", "--set", "max_depth=6"])
        let message = try first("millrace.cards.retrain", stage, of: run)
        let request = try message.payload(RetrainRequested.self)
        #expect(request.parameters == ["max_depth": "6"])
        let id = RequestID(source: message.envelope.source, id: message.envelope.id)
        let trigger = RunTrigger(kind: .request, text: request.reason, requests: [id], requester: request.requester)
        try stage.say(
            RunQueued(run: "r2", trigger: trigger, behind: "r1", state: TriggerState()), to: .models, from: .train)
        try stage.say(
            RunRefused(
                run: "r2", trigger: trigger, asOf: nil, refusal: RunRefusal(.noData, "no dataset has arrived yet"),
                state: TriggerState()), to: .models, from: .train)
        let result = try run.wait()
        #expect(result.code == 1)
        #expect(result.output.contains("no-data: no dataset has arrived yet"))
        let runs = try stage.command("runs", "--state", "refused")
        #expect(runs.output.contains("r2"))
        #expect(try stage.command("runs", "r2", "--json").output.contains("\"new category\""))
        #expect(try stage.command("runs", "r3").code == 1)
    }

    @Test func aQuarantinedWindowIsReleased() throws {
        let stage = try StagedPipeline()
        try stage.say(
            DatasetQuarantined(window: StagedPipeline.day(1), featureHash: "f1", rows: 1, violations: []),
            to: .datasets, from: .transform)
        let wrong = try stage.command("quarantine", "release", "--reason", "ok", "--window", "2018-05-01")
        #expect(wrong.code == 1)
        let run = try start(stage, ["quarantine", "release", "--reason", "known outage"])
        let message = try first("millrace.cards.requests", stage, of: run)
        #expect(try message.payload(QuarantineRelease.self).window == StagedPipeline.day(1))
        try stage.say(try stage.dataset(1, slices: []), to: .datasets, from: .transform)
        let result = try run.wait()
        #expect(result.code == 0, "\(result.error)")
        #expect(result.output.contains("Released"))
        #expect(try stage.command("quarantine", "release", "--reason", "again").code == 1)
    }

    @Test func aRequestToAPipelineThatNeverRanIsRefused() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broker = try EmbeddedBroker(topics: ["transactions": 1])
        let run = try ProgramRun.run(
            ["hold", "--reason", "x", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("millrace run"))
    }
}
