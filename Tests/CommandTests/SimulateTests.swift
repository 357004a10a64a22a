import Foundation
import Kafka
import Testing

@Suite struct SimulateTests {
    @Test func theSameSeedMakesTheSameFile() throws {
        let folder = try TemporaryFolder()
        for name in ["a.csv", "b.csv"] {
            let run = try ProgramRun.run(
                ["simulate", "--to", name, "--days", "3", "--customers", "200", "--seed", "5"], in: folder.url)
            #expect(run.code == 0, "\(run.error)")
        }
        #expect(try folder.read("a.csv") == folder.read("b.csv"))
        #expect(
            try folder.read("a.csv").hasPrefix("tx_id,datetime,customer,terminal,amount,fraud,scenario\n0,2018-04-01"))
    }

    @Test func packedFilesCanBeProducedAgain() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let simulated = try ProgramRun.run(
            ["simulate", "--to", "a.csv.zst", "--days", "5", "--customers", "500"], in: folder.url)
        let count = try #require(simulated.output.split(separator: " ").first)
        let broker = try EmbeddedBroker(topics: ["transactions": 2, "labels": 1])
        let run = try ProgramRun.run(["produce", "a.csv.zst", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 0, "\(run.error)")
        #expect(run.output.hasPrefix("\(count) events"))
    }

    @Test func aSimulationAndItsReplayedFileAreTheSameEvents() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1, "again": 1, "labels-again": 1])
        let size = ["--days", "4", "--customers", "300", "--fraud-rate", "20"]
        #expect(try ProgramRun.run(["simulate", "--brokers", broker.brokers] + size, in: folder.url).code == 0)
        #expect(try ProgramRun.run(["simulate", "--to", "a.csv"] + size, in: folder.url).code == 0)
        let again = ["--topic", "again", "--labels-topic", "labels-again", "--label-delay", "real"]
        #expect(
            try ProgramRun.run(["produce", "a.csv", "--brokers", broker.brokers] + again, in: folder.url).code == 0)
        let (first, second) = (try broker.read("transactions"), try broker.read("again"))
        #expect(first.count == second.count && first.count > 1000)
        #expect(first.map(\.keyText) == second.map(\.keyText))
        #expect(first.map(\.timestampMilliseconds) == second.map(\.timestampMilliseconds))
        #expect(try broker.read("labels").count == broker.read("labels-again").count)
    }

    @Test func aRateIsKept() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let begin = ContinuousClock.now
        let run = try ProgramRun.run(
            ["simulate", "--brokers", broker.brokers, "--events", "150", "--rate", "100", "--labels", "none"],
            in: folder.url)
        #expect(run.code == 0, "\(run.error)")
        #expect(begin.duration(to: .now) > .milliseconds(1400))
        #expect(try broker.read("transactions").count == 150)
    }
}
