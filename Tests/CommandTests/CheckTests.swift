import Foundation
import Testing

@Suite struct CheckTests {
    @Test func everyMistakeIsReportedWithItsLine() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broken = try folder.read("pipeline.yaml").replacing("windows:", with: "windoes:")
            .replacing("margin: 0.02", with: "margin: plenty")
        try folder.write(broken, to: "pipeline.yaml")
        let run = try ProgramRun.run(["check"], in: folder.url)
        #expect(run.code == 4)
        #expect(run.error.contains("windows"))
        #expect(run.error.contains("plenty"))
        let json = try ProgramRun.run(["check", "--json"], in: folder.url)
        #expect(json.code == 4)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
        #expect((report["problems"] as? [Any])?.count == 2)
    }

    @Test func aFileThatIsNotThereIsNamedOnce() throws {
        let folder = try TemporaryFolder()
        let run = try ProgramRun.run(["check", "nofile.yaml"], in: folder.url)
        #expect(run.code == 4)
        #expect(run.error == "error: cannot read nofile.yaml: No such file or directory\n")
    }

    @Test func severalFilesAreAQuestion() throws {
        let folder = try TemporaryFolder()
        for name in ["a.yaml", "b.yaml"] { #expect(try ProgramRun.run(["init", name], in: folder.url).code == 0) }
        let run = try ProgramRun.run(["check"], in: folder.url)
        #expect(run.code == 2)
        #expect(run.error.contains("a.yaml, b.yaml"))
        #expect(try ProgramRun.run(["check", "b.yaml"], in: folder.url).code == 0)
        #expect(
            try ProgramRun.run(["check"], in: folder.url, environment: ["MILLRACE_PIPELINE": "a.yaml"]).code == 0)
    }

    @Test func anEditOfWindowsNeedsANewName() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init", "old.yaml"], in: folder.url).code == 0)
        try folder.write(
            try folder.read("old.yaml").replacing("margin: 0.02", with: "margin: 0.03"), to: "gate.yaml")
        let gate = try ProgramRun.run(["check", "gate.yaml", "--diff", "old.yaml"], in: folder.url)
        #expect(gate.code == 0)
        #expect(gate.output.contains("gate.margin"))
        try folder.write(
            try folder.read("old.yaml").replacing("{ size: 1d", with: "{ size: 1h"), to: "windows.yaml")
        let windows = try ProgramRun.run(["check", "windows.yaml", "--diff", "old.yaml"], in: folder.url)
        #expect(windows.code == 1)
        #expect(windows.output.contains("windows.size"))
    }

    @Test func liveChecksFindMissingTopics() throws {
        let folder = try TemporaryFolder()
        #expect(try ProgramRun.run(["init"], in: folder.url).code == 0)
        let broker = try EmbeddedBroker(topics: ["transactions": 3])
        let run = try ProgramRun.run(["check", "--live", "--brokers", broker.brokers], in: folder.url)
        #expect(run.code == 1)
        #expect(run.error.contains("topic labels"))
        #expect(run.output.contains("topic transactions: 3 partitions"))
    }

    @Test func theSchemaIsJSON() throws {
        let run = try ProgramRun.run(["schema"])
        #expect(run.code == 0)
        let schema = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
        #expect(schema["properties"] != nil)
        #expect(try ProgramRun.run(["schema", "--markdown"]).output.hasPrefix("# "))
    }
}
