import Millrace

/// Versions, newest first.
struct ModelsPage {
    var visit: Visit

    var html: String {
        get throws {
            let snapshot = try visit.snapshot
            let before = try visit.integer("before", in: 1...Int.max, default: .max)
            let rest = snapshot.versions.drop { $0.version >= before }
            let rows = rest.prefix(50).map { version -> [String] in
                let gate = version.verdict.gate
                let figures = gate.map { gate in (gate.challenger[gate.metric], gate.champion?[gate.metric]) }
                let tone: Tone =
                    version.status == "champion" ? .good : version.status == "awaiting-approval" ? .open : .quiet
                return [
                    String(version.version), Markup.chip(version.status.replacing("-", with: " "), tone),
                    version.decided.map(Markup.time) ?? "–",
                    figures?.0.map(HTMLText.number) ?? "–", figures?.1.map(HTMLText.number) ?? "–",
                    Markup.span(version.training), Markup.link(run: version.run),
                    escape(version.verdict.reasons.map(\.message).joined(separator: "; ")),
                ]
            }
            let table = Markup.table(
                "Versions, newest first",
                [
                    ("Version", true), ("Status", false), ("Decided (UTC)", false), ("Measured", true),
                    ("Champion then", true), ("Trained on", false), ("Run", false), ("Why", false),
                ], Array(rows), mark: "version")
            let pager = Pager(
                next: rest.count > 50 ? rest.prefix(50).last.map { "/models?before=\($0.version)" } : nil,
                told: "\(HTMLText.count(snapshot.versions.count)) versions in all")
            return PageShell(title: "Models", pipeline: visit.source.process.pipeline, place: .models).page(
                "<h1>Models</h1>" + (rows.isEmpty ? "<p class=\"quiet\">No version yet.</p>" : table) + pager.html)
        }
    }
}
