import Millrace
import Testing

@Suite struct PipelineDifferenceTests {
    private func edits(_ replacements: (String, String)) throws -> [PipelineDifference.Edit] {
        PipelineDifference(from: try pipeline(), to: try pipeline(replacements)).edits
    }

    @Test func `Nothing edited is no difference`() throws {
        #expect(try PipelineDifference(from: pipeline(), to: pipeline()).edits.isEmpty)
    }

    @Test(arguments: [
        ("every: 7d", "every: 14d", "triggers", ChangeEffect.nextRun),
        ("span: 30d", "span: 20d", "training.span", .nextRun),
        ("max_depth: 3", "max_depth: 5", "training.trainer.xgboost.max_depth", .nextRun),
        ("margin: 0.02", "margin: 0.05", "gate.margin", .nextRun),
        ("maturity: 7d", "maturity: 9d", "labels.maturity", .nextRun),
        ("empty: 1 }", "empty: 2 }", "features.amount_ratio.empty", .secondFeatureSet),
        ("name: night", "name: dark", "features.night", .secondFeatureSet),
        ("minimum: 0,", "minimum: 1,", "rules[", .secondFeatureSet),
        ("action: drop", "action: drop }\n  - { rows: { minimum: 1 }, action: warn", "rules.rows", .nextWindow),
        ("size: 1d", "size: 12h", "windows.size", .newPipeline),
        ("[transactions]", "[others]", "events.topics", .newPipeline),
        ("terminal: id", "terminal: text", "events.columns.terminal.type", .newPipeline),
        ("time_zone: UTC", "time_zone: Europe/Brussels", "time_zone", .newPipeline),
        ("lateness: 1h", "lateness: 1h, idle: 5s", "windows.idle", .atOnce),
    ])
    func `Each edit says when it takes effect`(
        old: String, new: String, path: String, effect: ChangeEffect
    ) throws {
        let edit = try #require(try edits((old, new)).first)
        #expect(edit.path.hasPrefix(path))
        #expect(edit.effect == effect)
    }

    @Test func `An edit is told with its old and new value`() throws {
        let edit = try #require(try edits(("size: 1d", "size: 12h")).first)
        #expect(
            edit.summary
                == "windows.size: 1d → 12h (only under a new pipeline name: what is sealed already was made under the old setting)"
        )
    }

    @Test func `New features that look back further than slices are kept say what follows`() throws {
        let old = try pipeline()
        var new = old
        new.features.append(
            .init(
                name: "year",
                kind: .rolling(.count, of: nil, key: "customer", over: [.seconds(365 * 86_400)], delay: .zero)))
        let difference = PipelineDifference(from: old, to: new)
        #expect(difference.needsSecondFeatureSet)
        #expect(difference.notes.count == 1)
        #expect(difference.notes.first?.contains("raise retention.slices first") == true)
        var kept = old
        kept.retention.slices = .seconds(500 * 86_400)
        #expect(PipelineDifference(from: kept, to: new).notes.isEmpty)
        #expect(try PipelineDifference(from: old, to: pipeline(("empty: 1 }", "empty: 2 }"))).notes.isEmpty)
    }

    @Test func `A changed secret is a difference that does not show it`() throws {
        func keyed(_ key: String) throws -> Pipeline {
            try pipeline(("events:\n", "events:\n  personal_key: ${KEY}\n"), environment: ["KEY": key])
        }
        let edits = PipelineDifference(from: try keyed("first-0123456789"), to: try keyed("second-0123456789")).edits
        #expect(edits.map(\.path) == ["events.personal_key"])
        #expect(edits[0].effect == .newPipeline)
        #expect(!edits[0].summary.contains("0123456789"))
    }
}
