import Millrace

/// Runs, newest first.
struct RunsPage {
    var visit: Visit

    var html: String {
        get throws {
            let found = try APIRoutes.runs(visit)
            let state = try visit.text("state")
            let choices = [("all", nil)] + RunSummary.State.allCases.map { ($0.rawValue, Optional($0.rawValue)) }
            let links = choices.map { name, value in
                "<li><a href=\"/runs\(value.map { "?state=\($0)" } ?? "")\"\(value == state ? " aria-current=\"true\"" : "")>\(name.replacing("-", with: " "))</a></li>"
            }
            let query = state.map { "state=\($0)&" } ?? ""
            let pager = Pager(
                next: found.next.map { "/runs?\(query)before=\($0.addingPercentEncodingForPath)" },
                told: "\(HTMLText.count(try visit.snapshot.runs.count)) runs in all")
            return PageShell(title: "Runs", pipeline: visit.source.process.pipeline, place: .runs).page(
                "<h1>Runs</h1><nav aria-label=\"Verdicts\"><ul class=\"choices\">\(links.joined())</ul></nav>"
                    + "<ol class=\"timeline\">\(found.runs.map(RunsPart.item).joined(separator: "\n"))</ol>"
                    + pager.html)
        }
    }
}
