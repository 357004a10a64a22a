import Millrace

/// The pipeline as a picture: at each arrow what flows, what waits and for how long; at each stage how far it has come.
struct FlowPart {
    var snapshot: PipelineSnapshot

    private static let stages: [(role: Role, stage: Freshness.Stage, reads: String)] = [
        (.ingest, .sealed, "events and labels"), (.transform, .transformed, "slices"),
        (.train, .trained, "datasets"), (.publish, .champion, "models"),
    ]

    private static let reach: [Freshness.Stage: String] = [
        .sealed: "sealed", .transformed: "features", .trained: "newest model learnt from events",
        .champion: "champion learnt from events",
    ]

    var html: String {
        let items = Self.stages.map { item in
            "<li>\(arrow(item.role, reads: item.reads))\(box(item.role, item.stage))</li>"
        }
        return "<ol class=\"flow\">\(items.joined())</ol>" + labels
    }

    private func arrow(_ role: Role, reads: String) -> String {
        let group = snapshot.observation.group(of: role)
        let backlog = group?.lag ?? 0
        let tone = group.map { Tone($0.verdict.severity) } ?? .quiet
        let rate = group?.consumed.map { "\(Words.count($0))/s" } ?? "–"
        let age = group.flatMap { group in
            group.age.seconds.map { (group.age.source == .atLeast ? "over " : "") + Words.duration($0) }
        }
        return """
            <div class="arrow \(backlog == 0 ? "clear" : tone.rawValue)"><p>\(reads)</p>\
            <svg viewBox="0 0 60 12" preserveAspectRatio="none" aria-hidden="true"><path d="M0 6H59M54 1l5 5-5 5"/></svg>\
            <dl><div><dt>rate</dt><dd>\(rate)</dd></div><div><dt>waiting</dt><dd>\(group.map { Words.count($0.lag) } ?? "–")</dd></div>\
            <div><dt>oldest</dt><dd>\(age ?? "–")</dd></div></dl></div>
            """
    }

    private func box(_ role: Role, _ stage: Freshness.Stage) -> String {
        let status = snapshot.status.stages.first { $0.role == role }
        let reached = snapshot.observation.freshness?.reached(stage)
        let condition = status?.condition ?? "not on this machine"
        let tone: Tone = condition.hasPrefix("failing") ? .bad : condition.hasPrefix("working") ? .accent : .quiet
        let through = reached?.through.map { through in
            "\(Self.reach[stage] ?? "knows events") to \(Markup.time(through))"
                + (reached?.behindSeconds.map { $0 > 0 ? ", \(Words.duration($0)) behind the newest" : "" } ?? "")
        }
        return """
            <div class="stage"><h3>\(role.rawValue)</h3><p class="\(tone.rawValue)">\(escape(condition))</p>\
            <p class="quiet">\(through ?? escape(status?.reached ?? ""))</p></div>
            """
    }

    private var labels: String {
        guard let freshness = snapshot.observation.freshness, let matured = freshness.maturedThrough else { return "" }
        let match = freshness.matchRate.map { ", \(HTMLText.percent($0)) of them found their event" } ?? ""
        return "<p class=\"quiet note\">Labels are trusted for events to \(Markup.time(matured))\(match).</p>"
    }
}
