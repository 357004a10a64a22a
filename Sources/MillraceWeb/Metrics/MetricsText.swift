/// Samples, and the text that scrapers read.
struct MetricsText {
    enum Format {
        /// Prometheus' text format 0.0.4.
        case prometheus
        /// OpenMetrics 1.0.0.
        case openMetrics

        var type: String {
            switch self {
            case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
            case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
            }
        }
    }

    private var samples: [String: String] = [:]

    /// A value of a gauge or counter; nil says nothing.
    mutating func add(_ family: MetricFamily, _ labels: [String], _ value: (some SampleValue)?) {
        guard let value else { return }
        precondition(family.labels.count == labels.count, "\(family.name) has the labels \(family.labels)")
        line(family, family.name, Array(zip(family.labels, labels)), value.sample)
    }

    mutating func add(_ family: MetricFamily, _ value: (some SampleValue)?) { add(family, [], value) }

    mutating func add(_ family: MetricFamily, _ labels: [String] = [], histogram: Histogram) {
        let labels = Array(zip(family.labels, labels))
        var total = 0
        for (bound, count) in zip(family.buckets, histogram.counts) {
            total += count
            line(family, family.name + "_bucket", labels + [("le", Self.number(bound))], Double(total))
        }
        line(family, family.name + "_bucket", labels + [("le", "+Inf")], Double(histogram.count))
        line(family, family.name + "_sum", labels, histogram.sum)
        line(family, family.name + "_count", labels, Double(histogram.count))
    }

    func text(_ format: Format) -> String {
        var text = ""
        for family in MetricCatalog.families {
            guard let lines = samples[family.name] else { continue }
            // OpenMetrics names a counter's family without its suffix.
            let isBare = format == .openMetrics && family.kind == .counter
            let name = isBare ? String(family.name.dropLast("_total".count)) : family.name
            text += "# HELP \(name) \(family.help).\n# TYPE \(name) \(family.kind.rawValue)\n"
            if format == .openMetrics, let unit = Self.units.first(where: { name.hasSuffix("_" + $0) }) {
                text += "# UNIT \(name) \(unit)\n"
            }
            text += lines
        }
        return format == .openMetrics ? text + "# EOF\n" : text
    }

    private static let units = ["seconds", "bytes", "ratio"]

    private mutating func line(_ family: MetricFamily, _ name: String, _ labels: [(String, String)], _ value: Double) {
        var text = name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",") + "}"
        }
        samples[family.name, default: ""] += text + " \(Self.number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
