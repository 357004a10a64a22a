import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning

@Suite struct TrainingReportTests {
    /// A report of two models of different strength over a week of synthetic rows.
    private func report(hasChampion: Bool = true, name: String = "handbook v12") throws -> TrainingReport {
        let labels = try BootstrapTests.rows(20_000, entities: 1500, seed: 3)
        var generator = ResamplingGenerator(seed: 8)
        func scores(_ strength: Double) -> [Double] {
            labels.labels.map { label in
                let evidence = (0..<6).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &generator) }
                return 1 / (1 + exp(5.5 - evidence - (label == 1 ? strength : 0)))
            }
        }
        let weak = Ranking(try labels.scored(by: scores(4)))
        let strong = Ranking(try labels.scored(by: scores(5.5)))
        let start = try #require(Timestamp(rfc3339: "2018-08-08T00:00:00Z"))
        let week = Duration.seconds(7 * 86_400)
        let costs = AlertCosts(perAlert: 5, missed: .fixed(120))
        var report = TrainingReport(
            pipeline: "handbook", run: "2018-08-22T00:00:00Z", asOf: start + week + week, challengerName: name,
            championName: hasChampion ? "handbook v11" : nil,
            spans: [
                .init(
                    name: "training", window: Window(start: start - week - week, end: start - week), rows: 67_240,
                    positives: 598),
                .init(
                    name: "holdout", window: Window(start: start, end: start + week), rows: strong.rows.count,
                    positives: strong.rows.positives, excludedRows: 8923),
            ],
            offsets: [.init(source: "transactions/0", from: 1_093_221, to: 1_227_402)],
            challenger: try ModelEvaluation(strong, costs: costs, alertBudget: 60),
            champion: hasChampion ? try ModelEvaluation(weak, costs: costs, alertBudget: 60) : nil)
        try report.compare(
            [.averagePrecision, .areaUnderROC, .cardPrecision(100), .logLoss, .brier], challenger: strong,
            champion: hasChampion ? weak : nil, bootstrap: Bootstrap(replicates: 40))
        report.importance = [("terminal_risk_7d", 812.0), ("amount", 640), ("customer_mean_30d", 88), ("night", 3)].map
        {
            .init(feature: $0.0, gain: $0.1)
        }
        let rule = GateRule(floor: 0.3, guards: [.init(.cardPrecision(100), entity: "customer", tolerance: 0.03)])
        report.decision = Gate(rule).decide(
            try GateEvidence(for: rule, challenger: strong, champion: hasChampion ? weak : nil))
        report.lineage = [
            .init("trigger", "every 7d"), .init("features", "sha256:9f2159c93e518ed9"), .init("xgboost", "1.7.4"),
        ]
        return report
    }

    @Test(arguments: [true, false])
    func `a report survives JSON`(hasChampion: Bool) throws {
        let report = try report(hasChampion: hasChampion)
        let copy = try JSONDecoder().decode(TrainingReport.self, from: try JSONEncoder().encode(report))
        #expect(copy == report)
    }

    @Test func `text from outside stays text`() throws {
        var report = try report(name: "<script>alert('x')</script> & \"co\"")
        report.importance[0].feature = "<img src=x onerror=alert(1)>"
        report.lineage.append(.init("<b>", "</dd><script>"))
        let html = HTMLReport(report).html
        #expect(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>"))
        #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;co&quot;"))
    }

    @Test(arguments: [true, false])
    func `the page needs nothing else and closes what it opens`(hasChampion: Bool) throws {
        let html = HTMLReport(try report(hasChampion: hasChampion)).html
        for outside in ["http:", "https:", "url(", "@import", "src=", "href="] { #expect(!html.contains(outside)) }
        #expect(html.utf8.count < 200_000)
        #expect(!html.contains("nan") && !html.contains("inf\"") && !html.contains("Optional("))
        var open: [String] = []
        let void: Set = ["meta", "br"]
        for tag in html.matches(of: /<(\/?)([a-z0-9]+)[^>]*?(\/?)>/) {
            let name = String(tag.2)
            if !tag.1.isEmpty {
                #expect(open.popLast() == name)
            } else if tag.3.isEmpty, !void.contains(name) {
                open.append(name)
            }
        }
        #expect(open.isEmpty)
    }

    @Test func `every chart is described and every table names its rows and columns`() throws {
        let html = HTMLReport(try report()).html
        let charts = html.matches(of: /role="img" aria-labelledby="([a-z]+)-title ([a-z]+)-desc"/)
        #expect(charts.count == 3)
        for chart in charts {
            #expect(html.contains("<title id=\"\(chart.1)-title\">") && html.contains("<desc id=\"\(chart.1)-desc\">"))
        }
        #expect(html.matches(of: /<table>/).count == html.matches(of: /<caption>/).count)
        #expect(html.contains("<th scope=\"col\">") && html.contains("<th scope=\"row\">"))
        #expect(!html.contains("<th>"))
    }

    @Test func `a report of nothing still renders and says what is undefined`() throws {
        let nothing = Ranking(try ScoredRows(scores: [], labels: []))
        let moment = Timestamp(microseconds: 0)
        var report = TrainingReport(
            pipeline: "p", run: "r", asOf: moment, challengerName: "v1", spans: [],
            challenger: try ModelEvaluation(nothing, alertBudget: 5))
        try report.compare([.averagePrecision], challenger: nothing, champion: nil, bootstrap: Bootstrap())
        #expect(HTMLReport(report).html.contains("undefined, because there are no rows"))
    }
}
