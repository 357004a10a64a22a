import Millrace

/// All about one run.
struct RunPage {
    var visit: Visit

    var html: String {
        get throws {
            let name = visit.names["run"] ?? ""
            let snapshot = try visit.snapshot
            guard let run = snapshot.run(name) else { throw SiteError.notFound("run '\(name)'") }
            var facts: [(String, String)] = []
            func fact(_ name: String, _ html: String?) {
                if let html, !html.isEmpty { facts.append((name, html)) }
            }
            fact("trigger", escape(run.cause))
            fact("requester", run.requester.map(escape))
            fact("as of", run.asOf.map(Markup.time))
            fact("trained on", run.training.map { Markup.span($0) })
            fact("judged on", run.holdout.map { Markup.span($0) })
            fact("started", run.started.map(Markup.time))
            fact("ended", run.ended.map(Markup.time))
            fact("took", run.milliseconds.map { Words.duration(Double($0) / 1000) })
            fact("rows", run.trainingRows.map { HTMLText.count($0) })
            fact("of them positive", run.trainingPositives.map { HTMLText.count($0) })
            if run.state == .running, let progress = run.progress {
                fact("progress", "\(progress.stage.rawValue) \(progress.completed) of \(progress.total)")
            }
            for (name, value) in run.metrics.sorted(by: { $0.key < $1.key }) {
                fact(Words.metric(name), HTMLText.number(value))
            }
            fact("version", run.version.map { Markup.link(version: $0) })
            fact("answered by", run.into.map { Markup.link(run: $0) })
            let version = snapshot.versions.first { $0.run == name }
            if version?.verdict.report.contains(where: { $0.path.hasSuffix(".html") }) == true {
                fact(
                    "report",
                    "<a href=\"/runs/\(escape(name.addingPercentEncodingForPath))/report\">Training report</a>")
            }
            let reasons = run.reasons.map { "<li><code>\(escape($0.code))</code> \(escape($0.message))</li>" }
            let list = facts.map { "<dt>\(escape($0.0))</dt><dd>\($0.1)</dd>" }
            return PageShell(title: name, pipeline: visit.source.process.pipeline, place: .runs).page(
                "<h1>\(escape(name)) \(Markup.chip(run.state.rawValue.replacing("-", with: " "), Tone(run.state)))</h1>"
                    + (reasons.isEmpty ? "" : "<ul class=\"reasons\">\(reasons.joined())</ul>")
                    + "<dl class=\"facts\">\(list.joined())</dl>")
        }
    }
}
