import CommandLine
import Millrace
import MillraceWorker

enum AlertsCommand {
    static let command = Command(
        name: "alerts", summary: "List the alerts that fire now",
        discussion: """
            Reads the topic 'alerts', into which a worker with the role observe writes what it finds wrong and that it is \
            over. What each alert means and what to do: docs/reference/alerts.md. Every five minutes the worker says there \
            that it looks; when it has not for ten, the answer is that nobody observes, and since when.
            """,
        options: PipelineChoice.options + [
            .flag("all", "Also those that are over: the newest occurrence of each"), .json,
        ],
        examples: [
            .init("millrace alerts", "What fires, since when, and what to type"),
            .init("millrace alerts --all --json", "For a machine"),
        ],
        exitCodes: .broker + [.init(.failure, "An alert fires, or nobody observes: the answer says which")],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            var book = AlertBook()
            // What others wrote into the topic by mistake is no alert.
            try ControlReader(connection).readAll([.alerts]) { try? book.fold($0.message) }
            let entries = book.entries.values.filter { arguments.flag("all") || $0.isFiring }.sorted {
                ($0.isFiring ? 0 : 1, $0.fired.time, $0.fired.key) < ($1.isFiring ? 0 : 1, $1.fired.time, $1.fired.key)
            }
            let isObserved = book.isObserved(
                at: .now, patience: connection.pipeline.alerts.patience,
                interval: connection.pipeline.observe.interval)
            let console = arguments.console
            if arguments.flag("json") {
                console.print(
                    try CodableText.pretty(
                        Answer(
                            isObserved: isObserved, observed: book.observed?.time, observer: book.observed?.observer,
                            alerts: entries.map(Listed.init))))
            } else {
                if !entries.isEmpty { write(entries, on: console) }
                if !isObserved {
                    console.print(console.style.red(silence(book.observed)))
                } else if book.firing.isEmpty {
                    console.print(console.style.green("No alert fires."))
                }
            }
            return book.firing.isEmpty && isObserved ? .success : .failure
        })

    private static func silence(_ last: AlertObserved?) -> String {
        let since =
            last.map { "Nobody has observed since \($0.time) (instance \($0.observer)): what has gone wrong since" }
            ?? "Nobody has observed yet: what is wrong"
        return "\(since) is not known. Start it with 'millrace run', or 'millrace run --roles observe'."
    }

    private struct Answer: Codable {
        var isObserved: Bool
        /// The newest sign of it.
        var observed: Timestamp?
        var observer: String?
        var alerts: [Listed]
    }

    private struct Listed: Codable {
        var alert: String
        var subject: String
        var severity: AlertRule.Severity
        var since: Timestamp
        var fired: Timestamp
        var resolved: Timestamp?
        var summary: String
        var description: String
        var next: String
        var observer: String

        init(_ entry: AlertBook.Entry) {
            let fired = entry.fired
            (alert, subject, severity, since) = (fired.alert, fired.subject, fired.severity, fired.since)
            (self.fired, resolved) = (fired.time, entry.resolved?.time)
            (summary, description, next, observer) = (fired.summary, fired.description, fired.next, fired.observer)
        }
    }

    private static func write(_ entries: [AlertBook.Entry], on console: Console) {
        var table = Table(["ALERT", "SEVERITY", "ABOUT", "SINCE", "OVER", "NEXT"])
        for entry in entries {
            let emphasis: Emphasis =
                switch entry.fired.severity {
                case _ where !entry.isFiring: .none
                case .critical: .bad
                case .warning, .info: .attention
                }
            table.add(
                .init(entry.fired.alert), .init(entry.fired.severity.rawValue, emphasis),
                .init(entry.fired.subject.isEmpty ? "-" : entry.fired.subject), .init("\(entry.fired.since)"),
                .init(entry.resolved.map { "\($0.time)" } ?? "-"), .init(entry.fired.next))
        }
        console.print(table)
        for entry in entries where entry.isFiring {
            console.print("\(entry.fired.summary): \(entry.fired.description)")
        }
    }
}
