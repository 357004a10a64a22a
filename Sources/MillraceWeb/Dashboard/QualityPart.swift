import Foundation
import Millrace

/// What challengers measured against the champion of their day, on the very same rows.
struct QualityPart {
    var snapshot: PipelineSnapshot

    /// Comparisons shown.
    private static let most = 60

    var html: String {
        let judged = snapshot.versions.filter { $0.verdict.gate != nil }.prefix(Self.most).reversed().map(\.self)
        guard let newest = judged.last?.verdict.gate else {
            return "<p class=\"quiet empty\">No model has been compared yet.</p>"
        }
        let metric = newest.metric
        let rows = judged.compactMap { version -> Row? in
            guard let gate = version.verdict.gate, gate.metric == metric, let challenger = gate.challenger[metric]
            else {
                return nil
            }
            return Row(version: version, challenger: challenger, champion: gate.champion?[metric])
        }
        guard !rows.isEmpty else { return "<p class=\"quiet empty\">The metric is undefined so far.</p>" }
        let last = rows[rows.count - 1]
        let sentence =
            "Version \(last.version.version): \(HTMLText.number(last.challenger))"
            + (last.champion.map { " against the champion's \(HTMLText.number($0))" } ?? ", the first")
        return """
            <p class="lead">\(Words.metric(metric)). \(sentence), on \(HTMLText.count(newest.rows)) rows of \
            \(Words.span(newest.holdout)).</p>\(chart(rows))\
            <p class="legend"><span><span class="key champion"></span>champion on the challenger's rows</span> \
            <span><span class="key dot good"></span>promoted</span> \
            <span><span class="key dot quiet"></span>not promoted</span></p>
            """
    }

    private struct Row {
        var version: VersionSummary
        var challenger: Double
        var champion: Double?
    }

    private func chart(_ rows: [Row]) -> String {
        let values = rows.flatMap { [$0.challenger, $0.champion].compactMap(\.self) }
        var (low, high) = (values.min()!, values.max()!)
        let room = max((high - low) * 0.15, abs(high) * 0.02, 1e-6)
        (low, high) = (low - room, high + room)
        func x(_ index: Int) -> Double {
            rows.count == 1 ? 340 : 62 + Double(index) / Double(rows.count - 1) * 594
        }
        func y(_ value: Double) -> Double { 190 - (value - low) / (high - low) * 176 }
        func number(_ value: Double) -> String { String(format: "%.1f", value) }
        let ticks = (0...3).map { index in
            let value = low + (high - low) * Double(index) / 3
            return "<path class=\"rule\" d=\"M56 \(number(y(value)))H662\"/>"
                + "<text x=\"50\" y=\"\(number(y(value) + 4))\" text-anchor=\"end\">\(String(format: "%.3f", value))</text>"
        }
        let champion = rows.enumerated().compactMap { index, row in
            row.champion.map { "\(number(x(index))),\(number(y($0)))" }
        }
        let dashes = rows.enumerated().compactMap { index, row in
            row.champion.map { "<path class=\"champion\" d=\"M\(number(x(index) - 6)) \(number(y($0)))h12\"/>" }
        }
        let dots = rows.enumerated().map { index, row in
            let isGood = row.version.verdict.champion == row.version.version
            return
                "<circle class=\"\(isGood ? "good" : "quiet")\" cx=\"\(number(x(index)))\" cy=\"\(number(y(row.challenger)))\" r=\"\(isGood ? 5 : 4)\">"
                + "<title>version \(row.version.version), \(row.version.status): \(HTMLText.number(row.challenger))</title></circle>"
        }
        let first = rows[0].version.version
        let last = rows[rows.count - 1].version.version
        func place(_ row: Row) -> String {
            "version \(row.version.version) · \(Words.day(row.version.holdout.end))"
        }
        return """
            <svg class="quality" viewBox="0 0 680 216" role="img" aria-label="Quality of versions \(first) to \(last), each beside \
            the champion of its day">\(ticks.joined())<polyline class="champion" points="\(champion.joined(separator: " "))"/>\(dashes.joined())\
            \(dots.joined())<text x="56" y="210">\(place(rows[0]))</text>\
            <text x="656" y="210" text-anchor="end">\(first == last ? "" : place(rows[rows.count - 1]))</text></svg>
            """
    }
}
