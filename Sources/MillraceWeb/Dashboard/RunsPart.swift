import Millrace

/// Runs as a timeline: a stroke each for those of late, and the newest in words.
struct RunsPart {
    var snapshot: PipelineSnapshot

    private static let strokes = 120
    private static let newest = 10

    var html: String {
        guard !snapshot.runs.isEmpty else { return "<p class=\"quiet empty\">No run yet.</p>" }
        let recent = snapshot.runs.suffix(Self.strokes)
        let bars = recent.enumerated().map { index, run in
            "<rect class=\"\(Tone(run.state).rawValue)\" x=\"\(index * 8)\" y=\"\(run.state == .published ? 0 : 8)\" width=\"5\" "
                + "height=\"\(run.state == .published ? 32 : 24)\" rx=\"1\"><title>\(escape(run.run)): \(run.state.rawValue)</title></rect>"
        }
        let counts = Dictionary(grouping: recent, by: \.state).mapValues(\.count)
        let told = RunSummary.State.allCases.compactMap { state in
            counts[state].map { "\($0) \(state.rawValue.replacing("-", with: " "))" }
        }.joined(separator: ", ")
        let items = snapshot.runs.suffix(Self.newest).reversed().map(Self.item)
        return """
            <svg class="strokes" viewBox="0 0 \(Self.strokes * 8) 32" preserveAspectRatio="xMinYMid meet" role="img" \
            aria-label="The last \(recent.count) runs: \(escape(told))">\(bars.joined())</svg>\
            <p class="quiet">The last \(recent.count) of \(HTMLText.count(snapshot.runs.count)), oldest first: \(escape(told)).</p>\
            <ol class="timeline">\(items.joined())</ol>
            """
    }

    static func item(_ run: RunSummary) -> String {
        let when = (run.ended ?? run.started).map(Markup.time) ?? "–"
        let took = run.milliseconds.map { ", trained in \(Words.duration(Double($0) / 1000))" } ?? ""
        let version = run.version.map { " as version \($0)" } ?? ""
        let why = run.reasons.first.map { "<p class=\"quiet\">\(escape($0.message))</p>" } ?? ""
        let asked = run.requester.map { " by \(escape($0))" } ?? ""
        return """
            <li>\(when)\(Markup.chip(run.state.rawValue.replacing("-", with: " "), Tone(run.state)))\
            <div><p>\(Markup.link(run: run.run))\(version)<span class="quiet"> · \(escape(run.cause))\(asked)\(took)</span></p>\(why)</div></li>
            """
    }
}
