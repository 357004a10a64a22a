import Millrace

@testable import MillraceWeb

/// A metric as a rule, a rule's test or a board names it, with the labels that it is picked by.
struct MetricUse: Hashable, CustomStringConvertible {
    var name: String
    var labels: Set<String>
    var description: String { labels.isEmpty ? name : "\(name){\(labels.sorted().joined(separator: ","))}" }

    /// Those of a PromQL expression.
    static func all(in expression: String) -> [MetricUse] {
        let selector = /\b((?:millrace|kafka|process)_[a-z0-9_]+)\s*(?:\{((?:[^"}]|"[^"]*")*)\})?/
        return expression.matches(of: selector).map { match in
            let labels = (match.2 ?? "").matches(of: /([a-z_]+)\s*(?:=~|!~|!=|=)\s*"/).map { String($0.1) }
            return MetricUse(name: String(match.1), labels: Set(labels))
        }
    }

    /// What is wrong with it, held against what is served; nil if nothing is.
    var trouble: String? {
        let families = MetricCatalog.families
        let family =
            families.first { $0.name == name }
            ?? families.first { family in
                family.kind == .histogram && ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
            }
        guard let family else { return "\(self): no such metric is served" }
        // Of the target, as prometheus.yml sets them, and of a histogram's buckets.
        let known = family.labels + ["job", "instance", "pipeline", "le"]
        let strange = labels.subtracting(known)
        return strange.isEmpty ? nil : "\(self): it has no label \(strange.sorted().joined(separator: ", "))"
    }
}
