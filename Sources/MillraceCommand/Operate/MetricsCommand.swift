import CommandLine
import MillraceWeb

enum MetricsCommand {
    static let command = Command(
        name: "metrics", summary: "List the metrics that a worker serves, with their meaning",
        discussion: "Their values are served at /metrics by 'millrace run', see --http there.",
        options: [.flag("markdown", "The reference of all metrics as a Markdown page"), .json],
        examples: [
            .init("millrace metrics", "Names, labels, meaning"),
            .init("curl -s http://127.0.0.1:8710/metrics", "Their values, from a worker of this machine"),
        ],
        run: action { arguments in
            if arguments.flag("markdown") {
                arguments.console.print(MetricsReference.markdown, terminator: "")
            } else if arguments.flag("json") {
                arguments.console.print(
                    .array(
                        MetricCatalog.families.map {
                            [
                                "name": .text($0.name), "kind": .text($0.kind.rawValue),
                                "labels": .array($0.labels.map { .text($0) }), "help": .text($0.help),
                            ]
                        }))
            } else {
                var table = Table(["NAME", "KIND", "LABELS", "MEANING"])
                for family in MetricCatalog.families {
                    table.add(
                        .init(family.name), .init(family.kind.rawValue), .init(family.labels.joined(separator: ",")),
                        .init(family.help))
                }
                arguments.console.print(table)
            }
            return .success
        })
}
