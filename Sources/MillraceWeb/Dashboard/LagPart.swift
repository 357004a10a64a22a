import Millrace

/// Small multiples: a line a group, each over its own height.
struct LagPart {
    var snapshot: PipelineSnapshot

    var html: String {
        let figures = snapshot.observation.groups.map(figure)
        return "<div class=\"multiples\">\(figures.joined())</div>"
    }

    private func figure(_ group: GroupObservation) -> String {
        let points = (snapshot.series.points[group.group] ?? []).map { (time: $0.time, value: Double($0.lag)) }
        let name = group.role?.rawValue ?? group.group
        let peak = points.map(\.value).max() ?? 0
        let age = group.lag > 0 ? group.age.seconds.map { ", the oldest \(Words.duration($0)) old" } ?? "" : ""
        let chart = LineChart(
            points: points,
            description: "Lag of \(name): now \(group.lag) records, at most \(Int(peak)) in the time shown",
            tone: group.verdict.severity == .ok ? .accent : Tone(group.verdict.severity))
        let catchUp = group.lag > 0 ? Words.catchUp(group.catchUp) : ""
        return """
            <figure><figcaption><a href="/lag?group=\(escape(name.addingPercentEncodingForPath))">\(escape(name))</a> \
            \(Markup.chip(Words.verdict(group.verdict.code), Tone(group.verdict.severity)))</figcaption>\
            <p class="big">\(Words.count(group.lag))<small> records\(escape(age))</small></p>\(chart.svg)\
            <p class="quiet">\(escape(group.verdict.reason))\(catchUp.isEmpty ? "" : "; \(catchUp)")</p></figure>
            """
    }
}
