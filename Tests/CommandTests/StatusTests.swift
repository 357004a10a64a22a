import Foundation
import Kafka
import Millrace
import MillraceWorker
import Testing

@Suite struct StatusTests {
    @Test func aPipelineThatNobodyRunsIsSaidWithTheNextCommand() throws {
        let stage = try StagedPipeline()
        try stage.fill("transactions", 0, count: 5)
        let run = try stage.command("status")
        #expect(run.code == 1)
        #expect(run.output.contains("nobody runs ingest: 5 messages"))
        #expect(run.output.contains("Next: millrace run --roles ingest"))
    }

    @Test func thePartitionThatHoldsAWindowUpIsNamed() throws {
        let stage = try StagedPipeline()
        for day in 0..<4 { try stage.say(try stage.seal("transactions", 0, day), to: .slices) }
        let empty = try stage.command("status")
        #expect(empty.output.contains("the first window waits for labels/0, transactions/1"))
        try stage.say(try stage.seal("transactions", 1, 0), to: .slices)
        for day in 0..<4 { try stage.say(try stage.seal("labels", 0, day, kind: .labels), to: .slices) }
        let run = try stage.command("status")
        #expect(run.code == 1)
        #expect(run.output.contains("window \(StagedPipeline.day(1)) waits for transactions/1"))
    }

    @Test func aPartitionWhoseClockIsWrongIsNamed() throws {
        let stage = try StagedPipeline(partitions: 3)
        for partition in 0..<3 { try stage.say(try stage.seal("transactions", partition, 0), to: .slices) }
        #expect(!(try stage.command("status").output.contains("clock of")))
        try stage.say(
            try stage.seal("transactions", 2, 1) { seal, _ in
                seal.watermark = StagedPipeline.day(400).start
            }, to: .slices)
        let run = try stage.command("status")
        #expect(run.output.contains("the clock of transactions/2 is wrong"), "\(run.output)")
        #expect(run.output.contains("2019-05-06"))
        #expect(!run.output.contains("the clock of transactions/0"))
    }

    @Test func aQuarantineIsNamedWithItsRule() throws {
        let stage = try StagedPipeline()
        let window = StagedPipeline.day(2)
        try stage.say(
            DatasetQuarantined(
                window: window, featureHash: "f1", rows: 100,
                violations: [.init(rule: "amount-range", message: "at least 0, found -1")]),
            to: .datasets, from: .transform)
        let run = try stage.command("status", "--json")
        #expect(run.code == 1)
        let status = try JSONDecoder().decode(PipelineStatus.self, from: Data(run.output.utf8))
        #expect(
            status.problems.contains { $0.message.contains("amount-range") && $0.next == "millrace quarantine list" })
        let list = try stage.command("quarantine", "list")
        #expect(list.output.contains("amount-range: at least 0, found -1"))
    }

    @Test func deadLettersAreCountedListedAndShownEscaped() throws {
        let stage = try StagedPipeline()
        for offset in [Int64(3), 4, 4] { try stage.deadLetter("transactions", 1, offset, value: "a\u{1B}[2Jb\n") }
        #expect(try stage.command("status").output.contains("dead letters"))
        let summary = try stage.command("dead-letters", "--summary")
        // Sent twice is one letter.
        #expect(summary.output.split(separator: "\n").last?.split(separator: " ").first == "2")
        let none = try stage.command("dead-letters", "--summary", "--code", "future")
        #expect(none.output == "No dead letters of code 'future'. Without the filter all are counted.\n")
        let bytes = try stage.command("dead-letters", "--bytes")
        #expect(bytes.output.contains("a\\x1b[2Jb\\x0a"))
        #expect(!bytes.output.contains("\u{1B}"))
        let json = try stage.command("dead-letters", "--json", "--last", "1")
        let letters = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(letters.count == 1 && letters[0]["offset"] as? Int == 4)
    }

    @Test func aReplaySendsTheOriginalBytesToWhereTheyCameFrom() throws {
        let stage = try StagedPipeline()
        try stage.deadLetter("transactions", 1, 3, value: "again")
        let unasked = try stage.command("dead-letters", "--replay")
        #expect(unasked.code == 2)
        #expect(unasked.error.contains("--yes"))
        let run = try stage.command("dead-letters", "--replay", "--yes")
        #expect(run.code == 0, "\(run.error)")
        let events = try stage.broker.read("transactions")
        #expect(events.map(\.valueText) == ["again"])
        #expect(events.map(\.keyText) == ["k"])
        #expect(events.map(\.partition.partition) == [1])
        #expect(events.map(\.timestampMilliseconds) == [1_522_540_800_000])
    }

    @Test func aVersionThatIsNotThereIsRefusedWithThoseThatAre() throws {
        let stage = try StagedPipeline()
        let run = try stage.command("models", "5")
        #expect(run.code == 1)
        #expect(run.error.contains("There is no version '5': none has been trained yet."))
    }

    @Test func lagIsTheTableThatOperatorsKnow() throws {
        let stage = try StagedPipeline()
        try stage.fill("transactions", 0, count: 12)
        try stage.broker.commit("millrace.cards.ingest", [TopicPartition("transactions", 0): 5])
        let run = try stage.command("lag", "--group", "ingest")
        #expect(run.code == 0, "\(run.error)")
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(
            lines[0] == [
                "GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST",
                "CLIENT-ID", "SECONDS", "HOW", "VERDICT",
            ])
        let first = try #require(lines.first { $0.count > 2 && $0[1] == "transactions" && $0[2] == "0" })
        #expect(Array(first[0...5]) == ["millrace.cards.ingest", "transactions", "0", "5", "12", "7"])
        #expect(Double(first[9]) != nil && first[10] == "record")
        let second = try #require(lines.first { $0.count > 2 && $0[1] == "transactions" && $0[2] == "1" })
        #expect(Array(second[3...5]) == ["-", "0", "0"])
        let json = try stage.command("lag", "--json")
        let groups = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [[String: Any]])
        #expect(groups.count == 4)
        #expect(groups[0]["lag"] as? Int == 7)
    }

    @Test func aScriptCanWaitUntilTheWorkIsDone() throws {
        let stage = try StagedPipeline()
        try stage.fill("transactions", 0, count: 12)
        try stage.broker.commit("millrace.cards.ingest", [TopicPartition("transactions", 0): 5])
        let early = try stage.command("status", "--wait", "1s")
        #expect(early.code == 5)
        #expect(early.error.contains("found 7 messages for ingest"), "\(early.error)")
        #expect(early.output.isEmpty)
        try stage.broker.commit("millrace.cards.ingest", [TopicPartition("transactions", 0): 12])
        let run = try stage.command("status", "--wait", "60s")
        #expect(run.code != 5, "\(run.error)")
        #expect(run.output.hasPrefix("cards: "))
    }

    @Test func readingAPipelineThatNeverRanIsNoError() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broker = try EmbeddedBroker(topics: ["other": 1])
        for command in ["runs", "models", "audit", "dead-letters", "lag"] {
            let run = try ProgramRun.run([command, "--brokers", broker.brokers], in: folder.url)
            #expect(run.code == 0, "\(command): \(run.error)")
        }
    }
}
