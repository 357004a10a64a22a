import Foundation
import Millrace
import Testing

/// The template with texts replaced, which must be there.
func pipeline(_ replacements: (String, String)..., environment: [String: String] = [:]) throws -> Pipeline {
    var text = PipelineTemplate.text()
    for (old, new) in replacements {
        try #require(text.contains(old), "the template has no '\(old)'")
        text = text.replacing(old, with: new)
    }
    return try PipelineFile.parse(text, environment: environment).pipeline
}

@Suite struct PipelineHashTests {
    @Test func `Layout, comments and spelled-out defaults change no hash`() throws {
        let plain = try pipeline()
        let spelled = try pipeline(
            ("windows: { size: 1d, lateness: 1h }", "windows:   # the same\n  lateness: 60m\n  size: 24h\n  idle: 1m\n")
        )
        #expect(plain.configurationHash == spelled.configurationHash)
        #expect(plain.featureHash == spelled.featureHash)
        #expect(plain.featureHash.count == 64)
    }

    @Test(arguments: [
        ("empty: 1", "empty: 2"), ("over: [1d, 7d, 30d]", "over: [1d, 7d]"), ("in: 0..6", "in: 0..5"),
        ("time_zone: UTC", "time_zone: Europe/Brussels"), ("decimal(2)", "decimal(3)"),
        ("amount: decimal(2)", "amount: { type: decimal(2), field: money }"),
        ("size: 1d", "size: 12h"), ("lateness: 1h", "lateness: 2h"), ("within: 1d", "within: 2d"),
        ("positive: [1]", "positive: [2]"), ("minimum: 0,", "minimum: 1,"), ("[transactions]", "[others]"),
        ("name: night", "name: nights"),
    ])
    func `Whatever decides a value changes the feature hash`(old: String, new: String) throws {
        #expect(try pipeline((old, new)).featureHash != pipeline().featureHash)
    }

    @Test(arguments: [
        ("every: 7d", "every: 14d"), ("margin: 0.02", "margin: 0.03"), ("span: 30d", "span: 20d"),
        ("maturity: 7d", "maturity: 8d"), ("registry: { path: ./registry }", "registry: { path: ./models }"),
        ("localhost:9092", "elsewhere:9092"), ("max_depth: 3", "max_depth: 4"), ("pipeline: fraud", "pipeline: other"),
        ("action: drop", "action: drop, name: money"),
    ])
    func `What decides no value changes the configuration hash alone`(old: String, new: String) throws {
        let (before, after) = (try pipeline(), try pipeline((old, new)))
        #expect(after.configurationHash != before.configurationHash)
        #expect(after.featureHash == before.featureHash)
    }

    @Test func `Hashes do not change from one version of the program to the next`() throws {
        // When this fails for a good reason, every pipeline computes its features anew: say so in the release notes.
        let file = try PipelineFile.load(path: repository + "/deploy/pipelines/handbook.yaml", environment: [:])
        try expectCommitted(
            file.pipeline.featureHash + "\n", at: "Tests/Fixtures/configuration/handbook.feature-hash.txt")
    }

    @Test(arguments: ["handbook", "demo", "template"])
    func `Every example reads back from its full text as the same pipeline`(name: String) throws {
        let example =
            try name == "template"
            ? PipelineFile.parse(PipelineTemplate.text())
            : PipelineFile.load(path: repository + "/deploy/pipelines/\(name).yaml", environment: [:])
        let again = try PipelineFile.parse(example.pipeline.text)
        #expect(again.pipeline == example.pipeline)
        #expect(again.pipeline.configurationHash == example.pipeline.configurationHash)
    }

    @Test func `Unusual values survive the full text too`() throws {
        let unusual = try pipeline(
            ("positive: [1]", "positive: [\"1\", true, fraud, \"null\", 2.5]"),
            ("arithmetic: amount / customer_mean_7d", "arithmetic: \"max(amount, -2.5) / (1 + customer_mean_7d)\""),
            (
                "- { every: 7d }",
                "- { every: 7d, from: 2018-05-15T06:00:00+02:00 }\n  - { schedule: \"0 3 * * mon\", clock: wall }"
            ),
            ("registry: { path: ./registry }", "registry: { path: \"$$HOME/a b: c\" }"),
            ("minimum: 0, action: drop", "minimum: -1.5, maximum: 1e6, action: drop"))
        #expect(try PipelineFile.parse(unusual.text).pipeline == unusual)
    }
}

@Suite struct PipelineTemplateTests {
    @Test func `The template passes the checker for any parameters that do`() throws {
        let text = PipelineTemplate.text(name: "cards", brokers: "embedded", eventTopic: "a.b", labelTopic: "c")
        let pipeline = try PipelineFile.parse(text).pipeline
        #expect(pipeline.name == "cards" && pipeline.kafka.isEmbedded)
        #expect(pipeline.events.topics == ["a.b"] && pipeline.labels?.topics == ["c"])
        #expect(pipeline.folder == "./millrace/cards")
    }

    @Test func `Later checks can cite a line`() throws {
        let file = try PipelineFile.parse(PipelineTemplate.text(), path: "p.yaml")
        let problem = file.sourceMap.problem(.conflict, at: "events.topics[0]", "the topic is compacted")
        #expect(
            problem.rendered.hasPrefix(
                "p.yaml:13:12: events.topics[0]: the topic is compacted\n  13 |   topics: [transactions]\n"))
        // What the file does not spell out is cited where it would belong.
        #expect(
            file.sourceMap.problem(.conflict, at: "windows.idle", "too short").line
                == file.sourceMap.place("windows")?.line)
    }
}
