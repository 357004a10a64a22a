import Foundation
import HTTPServer
import Millrace
import TestSupport
import Testing

@testable import MillraceWeb

@Suite struct MetricsTests {
    private func page(_ accept: String? = nil) async throws -> (text: String, type: String) {
        let site = Site(
            source: StagedSource(try Stage.snapshot(runs: 100, lag: 40)), access: AccessTokens([:]),
            isLoopbackOnly: true)
        var headers: HTTPHeaders = ["Host": "localhost"]
        if let accept { headers.add("Accept", accept) }
        // So that the site has something to say of itself.
        _ = await site.respond(HTTPRequest(method: "GET", target: HTTPTarget("/")!, headers: headers))
        let response = await site.respond(
            HTTPRequest(method: "GET", target: HTTPTarget("/metrics")!, headers: headers))
        guard case .bytes(let bytes) = response.body else { throw CancellationError() }
        return (String(decoding: bytes, as: UTF8.self), response.headers["Content-Type"] ?? "")
    }

    @Test func theReferencePageIsThatOfTheCode() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../docs/reference/metrics.md")
        #expect(try String(contentsOf: file, encoding: .utf8) == MetricsReference.markdown, "run 'make docs'")
    }

    @Test func everyMetricThatIsDeclaredIsServed() async throws {
        let text = try await page().text
        for family in MetricCatalog.families {
            #expect(text.contains("# TYPE \(family.name) \(family.kind.rawValue)\n"), "\(family.name)")
        }
    }

    /// A counter that falls is read as a restart of the process.
    @Test func aRunOnWhichAPersonDecidesHasTwoOutcomesAndNoCountFalls() throws {
        var view = PipelineView()
        func fold(_ record: OutgoingRecord) throws {
            view.fold(
                ControlRecord(
                    arrow: .releases, offset: 0, timestampMilliseconds: 0,
                    message: try MessageCodec.decode(headers: record.headers, value: record.value)))
        }
        let verdict = Stage.verdict(1, champion: nil, before: nil)
        let waiting = try MessageCodec.encode(
            ModelAwaitingApproval(verdict), pipeline: "cards", from: "/p", to: .releases)
        try fold(waiting)
        try fold(waiting)
        #expect(view.outcomes == [.awaitingApproval: 1])
        try fold(
            try MessageCodec.encode(
                ModelPublished(Stage.verdict(1, champion: 1, before: nil)), pipeline: "cards", from: "/p", to: .releases
            )
        )
        #expect(view.outcomes == [.awaitingApproval: 1, .published: 1])
        #expect(view.runs.map(\.state) == [.published])
    }

    @Test func whatIsUnknownIsAbsent() async throws {
        let text = try await page().text
        #expect(
            text.contains(
                #"kafka_consumergroup_lag{consumergroup="millrace.cards.ingest",topic="transactions",partition="1"} 0"#)
        )
        #expect(
            !text.contains(
                #"kafka_consumergroup_current_offset{consumergroup="millrace.cards.ingest",topic="transactions",partition="1"}"#
            ))
        #expect(!text.contains("} -1\n"))
    }

    // Prometheus and its promtool are Debian's package 'prometheus'; without it these are skipped.
    @Test(.enabled(if: Programs.find("promtool") != nil)) func promtoolFindsNothingToSay() async throws {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = Programs.find("promtool")
        process.arguments = ["check", "metrics"]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data(try await page().text.utf8))
        try input.fileHandleForWriting.close()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(said == "")
        #expect(process.terminationStatus == 0)
    }

    /// Asks for OpenMetrics, as Prometheus does, and so reads that format.
    @Test(.enabled(if: Prometheus.isAvailable)) func aRealPrometheusScrapesIt() async throws {
        let asked = try await page("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
        #expect(asked.type.hasPrefix("application/openmetrics-text"))
        #expect(asked.text.hasSuffix("# EOF\n"))

        let site = Site(
            source: StagedSource(try Stage.snapshot(runs: 100, lag: 40)),
            access: AccessTokens([.read: "read-token-0123456789"]), isLoopbackOnly: true)
        let server = try HTTPServer.start(HTTPServerSettings()) { await site.respond($0) }
        defer { server.stop() }
        let prometheus = try Prometheus(scraping: Int(server.port), token: "read-token-0123456789")
        defer { prometheus.stop() }
        var answer = ""
        let end = ContinuousClock.now + .seconds(40)
        while !answer.contains(#""value""#), ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(500))
            answer = prometheus.query("millrace_lag_records")
        }
        #expect(answer.contains(#""role":"ingest""#))
        #expect(prometheus.query("up").contains(#","1"]"#))
        #expect(prometheus.query("millrace_run_training_seconds_count").contains(#""value""#))
        #expect(prometheus.query("millrace_runs_total").contains(#""outcome":"published""#))
    }
}
