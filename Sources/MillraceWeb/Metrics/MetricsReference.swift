/// `docs/reference/metrics.md`.
public enum MetricsReference {
    public static var markdown: String {
        var text = """
            # Metrics

            What `/metrics` serves: Prometheus text 0.0.4, or OpenMetrics 1.0.0 when the request's `Accept` asks for it. \
            A series that is not known is absent, never 0 or −1. What is counted from the control topics (rows, runs, \
            labels …) goes on where it was when the process starts again.


            """
        for part in MetricCatalog.parts {
            text += "## \(part.title)\n\n| name | kind | labels | |\n|---|---|---|---|\n"
            for family in part.families {
                let labels = family.labels.map { "`\($0)`" }.joined(separator: ", ")
                text += "| `\(family.name)` | \(family.kind.rawValue) | \(labels) | \(family.help). |\n"
            }
            text += "\n"
        }
        while text.hasSuffix("\n\n") { text.removeLast() }
        return text
    }
}
