import Millrace
import Testing

@Suite struct LearningMessageTests {
    private func roundTrip<P: Payload>(_ payload: P) throws {
        let record = try MessageCodec.encode(payload, pipeline: "p", from: "/s", to: .models)
        let received = try MessageCodec.decode(headers: record.headers, value: record.value)
        #expect(try received.payload(P.self) == payload)
        #expect(received.envelope.id == MessageCodec.id(of: payload, pipeline: "p"))
    }

    private func started() throws -> RunStarted {
        var machine = TriggerMachine(Fixture.settings([.windows(40)]))
        var result: RunStarted?
        for (offset, message) in Fixture.log(days: 40).enumerated() {
            switch message {
            case .labels(let labels): machine.handle(labels, offset: Int64(offset))
            case .dataset(let dataset):
                if case .start(let started)? = machine.handle(dataset, offset: Int64(offset)).first { result = started }
            }
        }
        return try #require(result)
    }

    @Test func everyMessageSurvivesTheWire() throws {
        let started = try started()
        try roundTrip(started)
        try roundTrip(RunProgress(run: "r", attempt: 1, stage: .training, completed: 3, total: 9, metrics: ["a": 1]))
        try roundTrip(RunFailed(run: "r", attempts: 3, code: "c", message: "m", state: started.state))
        try roundTrip(
            RunRefused(
                run: "r", trigger: started.trigger, asOf: nil, refusal: RunRefusal(.memory, "m"), state: started.state))
        try roundTrip(
            RunMerged(run: "r", trigger: started.trigger, into: "q", reason: "m", state: started.state))
        try roundTrip(RunQueued(run: "r", trigger: started.trigger, behind: "q", state: started.state))
        try roundTrip(Fixture.verdictless(started))
        try roundTrip(RetrainRequested(reason: "r", requester: "q", windows: .init(), parameters: ["a": "b"]))
        try roundTrip(PromoteRequested(version: 1, replaces: nil, requester: "r", reason: "s"))
        try roundTrip(RollbackRequested(replaces: 2, requester: "r", reason: "s"))
        try roundTrip(AliasMoved(alias: "champion", version: 1, run: "r", release: "x", sequence: 1, registryPath: "p"))
    }

    @Test func aRetrainRequestByHandNeedsReasonAndRequesterAlone() throws {
        let headers: [OutgoingRecord.Header] = [
            .init("ce_specversion", "1.0"), .init("ce_type", "dev.millrace.retrain.requested.v1"),
            .init("ce_source", "/teams/risk"), .init("ce_id", "1"), .init("content-type", "application/json"),
        ]
        let value = Array(#"{"reason":"new merchant category","requester":"risk-team"}"#.utf8)
        let request = try MessageCodec.decode(headers: headers, value: value).payload(RetrainRequested.self)
        #expect(request.isPlain)
        #expect(request.requester == "risk-team")
    }

    @Test func anAttemptAgainIsAnotherMessageAndAnythingElseTheSame() throws {
        var started = try started()
        let first = MessageCodec.id(of: started, pipeline: "p")
        started.state.retrainOffset = 99
        #expect(MessageCodec.id(of: started, pipeline: "p") == first)
        started.attempt = 2
        #expect(MessageCodec.id(of: started, pipeline: "p") != first)
        var model = Fixture.verdictless(started)
        let id = MessageCodec.id(of: model, pipeline: "p")
        model.milliseconds = 12_345
        #expect(MessageCodec.id(of: model, pipeline: "p") == id)
    }
}
