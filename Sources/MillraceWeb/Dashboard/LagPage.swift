import Millrace

/// All partitions of a group, those that are worst first.
struct LagPage {
    var visit: Visit
    private static let size = 100

    var html: String {
        get throws {
            let snapshot = try visit.snapshot
            let wanted = try visit.text("group")
            let page = try visit.integer("page", in: 1...100_000, default: 1)
            let groups = snapshot.observation.groups.filter {
                wanted == nil || $0.role?.rawValue == wanted || $0.group == wanted
            }
            guard wanted == nil || !groups.isEmpty else { throw SiteError.notFound("group '\(wanted ?? "")'") }
            let all = groups.flatMap { group in group.partitions.map { (group, $0) } }.sorted {
                ($1.1.verdict.severity.rank, $1.1.lag) < ($0.1.verdict.severity.rank, $0.1.lag)
            }
            let rows = all.dropFirst((page - 1) * Self.size).prefix(Self.size).map(Self.row)
            let names =
                [("all", nil)]
                + snapshot.observation.groups.map {
                    ($0.role?.rawValue ?? $0.group, Optional($0.role?.rawValue ?? $0.group))
                }
            let links = names.map { name, value in
                let path = value.map { "/lag?group=\($0.addingPercentEncodingForPath)" } ?? "/lag"
                return
                    "<li><a href=\"\(escape(path))\"\(value == wanted ? " aria-current=\"true\"" : "")>\(escape(name))</a></li>"
            }
            let query = wanted.map { "group=\($0.addingPercentEncodingForPath)&" } ?? ""
            let pages = Pager(
                previous: page > 1 ? "/lag?\(query)page=\(page - 1)" : nil,
                next: page * Self.size < all.count ? "/lag?\(query)page=\(page + 1)" : nil,
                told: "\(HTMLText.count(all.count)) partitions")
            let table = Markup.table(
                "Partitions, the worst first",
                [
                    ("Partition", false), ("Group", false), ("Committed", true), ("End", true), ("Lag", true),
                    ("Unread since", true), ("In", true), ("Out", true), ("Verdict", false), ("Why", false),
                ], rows)
            return PageShell(title: "Lag", pipeline: visit.source.process.pipeline, place: .lag).page(
                "<h1>Lag</h1><nav aria-label=\"Groups\"><ul class=\"choices\">\(links.joined())</ul></nav>" + table
                    + pages.html)
        }
    }

    private static func row(_ group: GroupObservation, _ partition: PartitionObservation) -> [String] {
        let age = partition.age.seconds.map { (partition.age.source == .atLeast ? "over " : "") + Words.duration($0) }
        return [
            escape("\(partition.topic)/\(partition.partition)"), escape(group.role?.rawValue ?? group.group),
            partition.committed.map { HTMLText.count(Int($0)) } ?? "never", HTMLText.count(Int(partition.end)),
            HTMLText.count(Int(partition.lag)), age ?? "–", partition.produced.map { "\(Words.count($0))/s" } ?? "–",
            partition.consumed.map { "\(Words.count($0))/s" } ?? "–",
            Markup.chip(Words.verdict(partition.verdict.code), Tone(partition.verdict.severity)),
            escape(partition.verdict.reason),
        ]
    }
}

extension LagVerdict.Severity {
    fileprivate var rank: Int {
        switch self {
        case .ok: 0
        case .warning: 1
        case .error: 2
        }
    }
}
