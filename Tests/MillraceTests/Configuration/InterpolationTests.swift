import Foundation
import Millrace
import Testing

@Suite struct InterpolationTests {
    private func load(_ change: (String) -> String, environment: [String: String] = [:]) throws -> Pipeline {
        try PipelineFile.parse(change(PipelineTemplate.text()), environment: environment).pipeline
    }

    private func withSecret(_ text: String, _ body: (String) throws -> Void) throws {
        let path = NSTemporaryDirectory() + "secret-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try body(path)
    }

    @Test func `A default holds where a variable is unset or empty`() throws {
        #expect(try load { $0 }.kafka.brokers == "localhost:9092")
        #expect(try load({ $0 }, environment: ["MILLRACE_BROKERS": ""]).kafka.brokers == "localhost:9092")
        #expect(try load({ $0 }, environment: ["MILLRACE_BROKERS": "a:1,b:2"]).kafka.brokers == "a:1,b:2")
    }

    @Test func `A value has its type after interpolation, quoted or not`() throws {
        func rounds(_ text: String) throws -> Int {
            try load({ $0.replacing("rounds: 100", with: "rounds: \(text)") }, environment: ["N": "7"])
                .training.trainer.rounds
        }
        #expect(try rounds("\"${N}\"") == 7)
        #expect(try rounds("'${N}${N}'") == 77)
        #expect(throws: ConfigurationError.self) { try rounds("'7'") }
    }

    @Test(arguments: [
        ("kafka: { brokers: ${BROKERS} }", "${BROKERS}", 19), ("kafka: { brokers: [a, ${B:-x}] }", "${B:-x}", 23),
    ])
    func `A variable without quotes within braces or brackets is told to be quoted`(
        text: String, reference: String, column: Int
    ) throws {
        let error = #expect(throws: ConfigurationError.self) { try PipelineFile.parse("pipeline: a\n\(text)\n") }
        let problem = try #require(error?.problems.first)
        #expect(problem.code == .syntax && problem.line == 2 && problem.column == column)
        #expect(problem.length == reference.count)
        #expect(problem.message.contains("expected \"\(reference)\" in quotes"))
        let other = #expect(throws: ConfigurationError.self) { try PipelineFile.parse("pipeline: { a: b{c} }\n") }
        #expect(other?.problems.first?.message.contains("quotes") == false)
    }

    @Test func `Two dollars are one, and one alone is itself`() throws {
        let pipeline = try load {
            $0.replacing("registry: { path: ./registry }", with: "registry: { path: \"$${HOME}/$x\" }")
        }
        #expect(pipeline.registry.path == "${HOME}/$x")
    }

    @Test func `A missing variable is told with its line and the nearest name`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load(
                { $0.replacing("time_zone: UTC", with: "time_zone: ${MILLRACE_ZON}") },
                environment: ["MILLRACE_ZONE": "UTC"])
        }
        let problem = try #require(error?.problems.first)
        #expect(error?.problems.count == 1)
        #expect(problem.code == .interpolation && problem.line == 6 && problem.suggestion == "MILLRACE_ZONE")
    }

    @Test func `A secret file loses its last line break, and a missing one is told`() throws {
        try withSecret("0123456789abcdef-secret\n") { path in
            let pipeline = try load {
                $0.replacing("events:\n", with: "events:\n  personal_key: ${file:\(path)}\n")
            }
            #expect(pipeline.events.personalKey == "0123456789abcdef-secret")
        }
        let error = #expect(throws: ConfigurationError.self) {
            try load { $0.replacing("events:\n", with: "events:\n  personal_key: ${file:/nonexistent/key}\n") }
        }
        #expect(error?.problems.count == 1)
        #expect(error?.description.contains("cannot read /nonexistent/key: No such file or directory") == true)
    }

    @Test func `No secret is shown, wherever it does not belong`() throws {
        try withSecret("hunter2!\n") { path in
            for line in [
                "time_zone: ${file:\(path)}", "memory: ${file:\(path)}", "start: ${file:\(path)}",
                "training: { span: \"${file:\(path)}\" }", "gate: { metric: \"${file:\(path)}\" }",
                "kafka: { brokers: \"${file:\(path)}\" }", "features: [{ name: \"${file:\(path)}\", column: amount }]",
                "features: [{ name: a, column: \"${file:\(path)}\" }]",
                "features: [{ name: a, arithmetic: \"${file:\(path)}\" }]",
                "features: [{ name: a, calendar: hour, in: \"${file:\(path)}\" }]",
                "triggers: [{ schedule: \"${file:\(path)}\" }]", "labels: ${file:\(path)}",
            ] {
                let key = line.prefix { $0 != ":" }
                // The template's own section of that name goes, up to the next line that is not indented.
                var lines = PipelineTemplate.text().split(separator: "\n", omittingEmptySubsequences: false)
                if let start = lines.firstIndex(where: { $0.hasPrefix("\(key):") }) {
                    let end = lines[(start + 1)...].firstIndex { !$0.hasPrefix(" ") } ?? lines.endIndex
                    lines.removeSubrange(start..<end)
                }
                let text = lines.joined(separator: "\n") + "\n\(line)\n"
                let error = #expect(throws: ConfigurationError.self, "\(line)") { try PipelineFile.parse(text) }
                #expect(error?.description.contains("hunter2") == false, "\(error?.description ?? "")")
                let json = try error.map { String(decoding: try $0.json(), as: UTF8.self) }
                #expect(json?.contains("hunter2") == false)
            }
        }
    }

    @Test func `A secret written out is refused, and its line is not shown`() throws {
        let error = #expect(throws: ConfigurationError.self) {
            try load { $0.replacing("events:\n", with: "events:\n  personal_key: hunter2-hunter2-hunter2\n") }
        }
        #expect(error?.description.contains("must not stand in the file") == true)
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(
        "what is wrong in the first column of a line is said, and taken for no reference",
        arguments: ["\tname: x", "["])
    func firstColumn(text: String) {
        let error = #expect(throws: ConfigurationError.self) { try PipelineFile.parse(text) }
        #expect(error?.problems.first?.code == .syntax)
        #expect(error?.description.contains("in quotes") == false)
    }
}
