import Foundation
import Kafka
import Testing

@Suite struct ProduceTests {
    private static let csv = """
        tx_id,datetime,customer,terminal,amount,fraud,scenario
        1,2018-04-01T00:00:31,596,3156,57.10,0,0
        2,2018-04-01T00:02:10,4961,3412,81.51,1,1
        3,2018-04-02T00:07:56,2,1365,146.00,0,0
        4,2018-04-03T12:00:00,596,1365,12.00,1,2

        """

    private func pipeline(_ folder: TemporaryFolder) throws {
        #expect(try ProgramRun.run(["init", "--name", "cards"], in: folder.url).code == 0)
    }

    @Test func eventsKeepTheirTextTheirTimeAndTheirKey() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv, to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 3, "labels": 1])
        let run = try ProgramRun.run(
            ["produce", "t.csv", "--brokers", broker.brokers, "--label-delay", "7d"], in: folder.url)
        #expect(run.code == 0, "\(run.error)")
        let events = try broker.read("transactions")
        #expect(events.count == 4)
        let second = try #require(events.first { $0.valueText?.contains("\"tx_id\":2,") == true })
        #expect(
            second.valueText
                == #"{"datetime":"2018-04-01T00:02:10","tx_id":2,"customer":4961,"terminal":3412,"amount":81.51}"#)
        #expect(second.keyText == "4961")
        #expect(second.timestampMilliseconds == 1_522_540_930_000)
        // An amount of 57.10 is not 57.1.
        #expect(events.contains { $0.valueText?.contains("\"amount\":57.10}") == true })
        let customer = events.filter { $0.keyText == "596" }
        #expect(customer.count == 2)
        #expect(Set(customer.map(\.partition)).count == 1)
    }

    @Test func labelsAreSplitOffAndKnownAfterTheirDelay() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv, to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let run = try ProgramRun.run(
            ["produce", "t.csv", "--brokers", broker.brokers, "--label-delay", "7d"], in: folder.url)
        #expect(run.output.contains("4 events to transactions, 2 labels to labels"))
        let labels = try broker.read("labels")
        #expect(
            labels.map(\.valueText) == [
                #"{"tx_id":2,"reported":"2018-04-08T00:02:10Z","fraud":1}"#,
                #"{"tx_id":4,"reported":"2018-04-10T12:00:00Z","fraud":1}"#,
            ])
        #expect(labels.map(\.keyText) == ["2", "4"])
        #expect(labels[0].timestampMilliseconds == 1_523_145_730_000)
    }

    @Test func genuineLabelsAndNoLabelsCanBeAskedFor() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv, to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        _ = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers, "--labels", "none"], in: folder.url)
        #expect(try broker.read("labels").isEmpty)
        _ = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers, "--labels", "all"], in: folder.url)
        #expect(try broker.read("labels").count == 4)
    }

    @Test func jsonLinesAreSentAsTheyAreWithoutTheirLabel() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(
            """
            {"tx_id":"a","datetime":"2018-04-01T00:00:31","customer":"c\\"1","amount":1.50,"nested":{"fraud":[1,"}"]},"fraud":1}
            {"fraud":0,"tx_id":"b","datetime":"2018-04-01T00:00:32","customer":"c2","amount":2.00}

            """, to: "t.jsonl")
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let run = try ProgramRun.run(["produce", "t.jsonl", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 0, "\(run.error)")
        #expect(
            try broker.read("transactions").map(\.valueText) == [
                #"{"tx_id":"a","datetime":"2018-04-01T00:00:31","customer":"c\"1","amount":1.50,"nested":{"fraud":[1,"}"]}}"#,
                #"{"tx_id":"b","datetime":"2018-04-01T00:00:32","customer":"c2","amount":2.00}"#,
            ])
        #expect(try broker.read("labels").first?.object["tx_id"] as? String == "a")
    }

    @Test func aLineThatCannotBeReadStopsWithItsNumberUnlessSkipped() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv + "5,yesterday,1,1,1.00,0,0\n6,2018-04-05T00:00:00,1,1,1.00,0,0\n", to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let run = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("t.csv:6:"))
        #expect(run.error.contains("yesterday"))
        let skipping = try ProgramRun.run(
            ["produce", "t.csv", "--brokers", broker.brokers, "--skip-malformed"], in: folder.url)
        #expect(skipping.code == 0)
        #expect(skipping.output.contains("5 events"))
        #expect(skipping.error.contains("1 lines could not be read"))
    }

    @Test func aFileOutOfOrderIsSortedWhenAskedFor() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        let lines = Self.csv.split(separator: "\n")
        try folder.write(([lines[0]] + lines.dropFirst().reversed()).joined(separator: "\n"), to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let run = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers, "--sort"], in: folder.url)
        #expect(run.code == 0)
        let times = try broker.read("transactions").compactMap(\.timestampMilliseconds)
        #expect(times == times.sorted() && times.count == 4)
        let unsorted = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers], in: folder.url)
        #expect(unsorted.error.contains("--sort"))
    }

    @Test func aColumnThatIsNotThereIsNamedWithThoseThatAre() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write("id,when\n1,2018-04-01\n", to: "t.csv")
        let run = try ProgramRun.run(["produce", "t.csv", "--brokers", "127.0.0.1:1"], in: folder.url)
        #expect(run.code == 2)
        #expect(run.error.contains("'datetime'"))
        #expect(run.error.contains("id, when"))
    }

    @Test func withoutAPipelineColumnsAreNamedOnTheCommandLine() throws {
        let folder = try TemporaryFolder()
        try folder.write("id,at,text\n7,2018-04-01T01:02:03Z,\"a,\"\"b\"\"\"\n8,2018-04-02,007\n", to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["things": 1])
        let run = try ProgramRun.run(
            ["produce", "t.csv", "--brokers", broker.brokers, "--topic", "things", "--time", "at", "--id", "id"],
            in: folder.url)
        #expect(run.code == 0, "\(run.error)")
        let events = try broker.read("things")
        #expect(
            events.map(\.valueText) == [
                #"{"id":7,"at":"2018-04-01T01:02:03Z","text":"a,\"b\""}"#,
                #"{"id":8,"at":"2018-04-02","text":"007"}"#,
            ])
        #expect(events.map(\.keyText) == ["7", "8"])
    }

    @Test func nobodyAtTheBrokersIsSaidWithItsOwnExitCode() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv, to: "t.csv")
        let refused = try ProgramRun.run(["produce", "t.csv", "--brokers", "127.0.0.1:1"], in: folder.url)
        #expect(refused.code == 3)
        #expect(refused.error.contains("127.0.0.1:1"))
        let embedded = try ProgramRun.run(
            ["produce", "t.csv"], in: folder.url, environment: ["MILLRACE_BROKERS": "embedded"])
        #expect(embedded.code == 3)
        #expect(embedded.error.contains("millrace run"))
    }

    @Test func missingTopicsAreCreatedOnlyWhenAskedFor() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        try folder.write(Self.csv, to: "t.csv")
        let broker = try EmbeddedBroker(topics: ["transactions": 1])
        let run = try ProgramRun.run(["produce", "t.csv", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("not found: labels"))
        #expect(run.error.contains("--partitions"))
    }

    @Test func theLeadOverIngestIsBounded() throws {
        let folder = try TemporaryFolder()
        try pipeline(folder)
        let broker = try EmbeddedBroker(topics: ["transactions": 1, "labels": 1])
        let program = try StartedProgram(
            [
                "simulate", "--brokers", broker.brokers, "--max-lead", "1000", "--events", "2500", "--labels", "none",
                "--customers", "1000",
            ], in: folder.url)
        let partition = TopicPartition("transactions", 0)
        let admin = try Admin(settings: broker.cluster.settings(clientID: "test"))
        defer { admin.close() }
        func end() throws -> Int64 { try admin.watermarks([partition])[partition]?.high ?? 0 }
        let deadline = ContinuousClock.now + .seconds(20)
        while try end() < 1000, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.05) }
        Thread.sleep(forTimeInterval: 0.5)
        #expect(try end() == 1000)
        for committed in [Int64(900), 1900] {
            try broker.commit("millrace.cards.ingest", [partition: committed])
            let expected = min(2500, committed + 1000)
            while try end() < expected, ContinuousClock.now < deadline { Thread.sleep(forTimeInterval: 0.05) }
        }
        let run = try program.wait()
        #expect(run.code == 0, "\(run.error)")
        #expect(try end() == 2500)
    }
}
