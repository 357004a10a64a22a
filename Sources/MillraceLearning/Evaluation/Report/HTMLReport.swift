import MillraceCore

/// A training report as one HTML file that needs nothing else: no script, no font, no network.
///
/// It follows the reader's light or dark, prints, and reads aloud: charts have titles and descriptions, and what
/// they show stands in tables too.
public struct HTMLReport: Sendable {
    let report: TrainingReport

    public init(_ report: TrainingReport) { self.report = report }

    public var html: String {
        let title = HTMLText.escape("\(report.challengerName) · training report")
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(title)</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            \(header)
            \(metrics)
            \(charts)
            \(thresholds)
            \(calibrationTable)
            \(importance)
            \(data)
            \(lineage)
            </main>
            </body>
            </html>

            """
    }

    private var header: String {
        let opponent = report.championName.map { " against <strong>\(HTMLText.escape($0))</strong>" } ?? ""
        var text = """
            <header>
            <p class="eyebrow">\(HTMLText.escape(report.pipeline)) · run \(HTMLText.escape(report.run))</p>
            <h1>\(HTMLText.escape(report.challengerName))</h1>
            <p class="lead">Judged\(opponent) on what was known at <time>\(report.asOf)</time>.</p>
            </header>

            """
        guard let decision = report.decision else { return text }
        text += "<section class=\"verdict \(decision.verdict.rawValue)\" aria-labelledby=\"verdict\">\n"
        text += "<h2 id=\"verdict\">\(decision.verdict.title)</h2>\n<ul>\n"
        for reason in decision.reasons {
            text += "<li><span class=\"code\">\(reason.code.rawValue)</span> "
            text += "<span>\(HTMLText.escape(reason.message))</span></li>\n"
        }
        return text + "</ul>\n</section>"
    }

    /// A section with a heading, or nothing when there is nothing to say.
    func section(_ id: String, _ title: String, _ body: String) -> String {
        guard !body.isEmpty else { return "" }
        return "<section aria-labelledby=\"\(id)\">\n<h2 id=\"\(id)\">\(title)</h2>\n\(body)\n</section>"
    }

    /// A table whose first column names the row. Cells are HTML already.
    func table(_ caption: String, head: [String], rows: [[String]]) -> String {
        var text = "<div class=\"scroll\"><table>\n<caption>\(caption)</caption>\n<thead><tr>"
        text += head.map { "<th scope=\"col\">\($0)</th>" }.joined() + "</tr></thead>\n<tbody>\n"
        for row in rows {
            text += "<tr><th scope=\"row\">\(row[0])</th>"
            text += row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        return text + "</tbody>\n</table></div>"
    }
}

extension GateDecision.Verdict {
    fileprivate var title: String {
        switch self {
        case .promoted: "Promoted"
        case .rejected: "Rejected"
        case .inconclusive: "Inconclusive"
        case .awaitingApproval: "Awaiting approval"
        }
    }
}
