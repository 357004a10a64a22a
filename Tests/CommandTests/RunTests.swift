import Foundation
import Kafka
import Millrace
import MillraceWorker
import Testing

/// The program as its users run it: a worker with a broker of its own in one process, commands in others.
@Suite(.serialized) struct RunTests {
    private func pipeline() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init", "--name", "cards", "--brokers", "embedded"], in: folder.url).code == 0)
        // A test has no minute to wait for a partition that stays empty.
        let text = try folder.read("pipeline.yaml").replacing("lateness: 1h }", with: "lateness: 1h, idle: 1s }")
        try folder.write(text, to: "pipeline.yaml")
        return folder
    }

    /// Waits for something that a command says.
    private func wait(
        _ what: String, for limit: Duration = .seconds(60), _ worker: StartedProgram, until isTrue: () throws -> Bool
    ) throws {
        let end = ContinuousClock.now + limit
        while try !isTrue() {
            try #require(worker.isRunning, "the worker ended: \(worker.errorText)")
            try #require(ContinuousClock.now < end, "\(what): not within \(limit). \(worker.errorText)")
            Thread.sleep(forTimeInterval: 0.2)
        }
    }

    @Test func aWorkerSealsTransformsAndStopsWhenAsked() throws {
        let folder = try pipeline()
        let asked = ContinuousClock.now
        let early = try ProgramRun.run(["status"], in: folder.url)
        // Nobody has the folder: there is nothing to wait for.
        #expect(asked.duration(to: .now) < .seconds(2.5))
        #expect(early.code == 3)
        #expect(early.error.contains("millrace run"))

        let worker = try StartedProgram(["run"], in: folder.url)
        try wait("the broker's address", worker) {
            FileManager.default.fileExists(atPath: folder.file("millrace/cards/broker"))
        }
        let simulated = try ProgramRun.run(
            [
                "simulate", "--days", "8", "--customers", "100", "--fraud-rate", "20", "--stop-with-events", "--rate",
                "300",
            ],
            in: folder.url)
        #expect(simulated.code == 0, "\(simulated.error)")
        func status() throws -> PipelineStatus {
            let run = try ProgramRun.run(["status", "--json"], in: folder.url)
            return try JSONDecoder().decode(PipelineStatus.self, from: Data(run.output.utf8))
        }
        try wait("seven datasets", worker) {
            try status().stages.first { $0.role == .transform }?.reached.hasPrefix("7 datasets") == true
        }
        let audit = try ProgramRun.run(["audit"], in: folder.url)
        #expect(audit.code == 0, "\(audit.output)\(audit.error)")
        #expect(audit.output.contains("Clean"))

        let retrain = try ProgramRun.run(
            ["retrain", "--reason", "trial", "--follow", "--timeout", "30s"], in: folder.url)
        #expect(retrain.code == 1, "\(retrain.output)\(retrain.error)")
        #expect(retrain.output.contains("refused"))
        let runs = try ProgramRun.run(["runs", "--state", "refused"], in: folder.url)
        #expect(runs.output.contains("request: trial"))

        let hold = try ProgramRun.run(["hold", "--reason", "freeze"], in: folder.url)
        #expect(hold.code == 0, "\(hold.error)")
        #expect(try status().problems.contains { $0.message.contains("held: freeze") })
        #expect(try ProgramRun.run(["promote", "9", "--reason", "x"], in: folder.url).code == 1)
        #expect(try ProgramRun.run(["reproduce"], in: folder.url).code == 1)
        #expect(try ProgramRun.run(["resume", "--reason", "over"], in: folder.url).code == 0)

        let begin = ContinuousClock.now
        worker.signal(SIGTERM)
        let ended = try worker.wait(within: .seconds(20))
        #expect(ended.code == 0, "\(ended.error)")
        #expect(begin.duration(to: .now) < .seconds(10))
        #expect(ended.error.contains("stopped"))
        #expect(try ProgramRun.run(["status"], in: folder.url).code == 3)
    }

    @Test func anInterruptedSimulationHasSentWhatItSays() throws {
        let broker = try EmbeddedBroker(topics: ["events": 1])
        let folder = try TemporaryFolder()
        let program = try StartedProgram(
            [
                "simulate", "--brokers", broker.brokers, "--topic", "events", "--labels", "none", "--rate", "200",
                "--endless",
            ], in: folder.url)
        Thread.sleep(forTimeInterval: 3)
        program.signal(SIGINT)
        let ended = try program.wait(within: .seconds(10))
        #expect(ended.code == 130)
        let said = try #require(ended.output.split(separator: " ").first.flatMap { Int($0) })
        #expect(said > 0)
        #expect(try broker.read("events").count == said)
    }

    @Test func aRoleThatIsNoneIsRefused() throws {
        let folder = try pipeline()
        let run = try ProgramRun.run(["run", "--roles", "ingest,transfrom"], in: folder.url)
        #expect(run.code == 2)
        #expect(run.error.contains("'transfrom'"))
        #expect(run.error.contains("ingest, transform, train, publish"))
    }
}
