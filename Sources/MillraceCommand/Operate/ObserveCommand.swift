import CommandLine
import Millrace
import MillraceHistory
import MillraceWorker

enum ObserveCommand {
    static let command = Command(
        name: "observe", summary: "Make the history of runs and releases again from the topics",
        discussion: """
            The role observe keeps runs, releases, datasets, labels and windows in a SQLite file, \
            history/INSTANCE.sqlite below the pipeline's folder. It is a projection: this forgets its rows and reads \
            the topics again, to equal rows. A worker may run meanwhile; readers see the old rows until all is done. \
            Samples of lag are in no topic and stay.
            """,
        options: PipelineChoice.options + [
            .flag("rebuild", "Make the history again"),
            .value(
                "instance", .text, valueName: "name", default: "0", environment: "MILLRACE_INSTANCE",
                "The process whose history it is, as 'millrace run' was told"),
        ],
        examples: [
            .init("millrace observe --rebuild", "Make it again"),
            .init(
                "sqlite3 -readonly millrace/fraud/history/0.sqlite 'SELECT run, state, verdict FROM runs'",
                "Look into it"),
        ],
        exitCodes: .broker,
        run: action { arguments in
            guard arguments.flag("rebuild") else {
                throw UsageError(
                    .missingOption, "Expected --rebuild, found nothing to do.",
                    advice:
                        "'millrace run --roles observe' observes; 'millrace observe --rebuild' makes its history again."
                )
            }
            let connection = try PipelineChoice.connect(arguments)
            let path = HistoryStore.path(of: connection.pipeline, instance: arguments.text("instance"))
            let store = try HistoryStore.open(path: path) { error, name in
                arguments.console.note("\(error.message). The file is now \(name).")
            }
            try store.rebuild(from: connection)
            if store.unreadable > 0 {
                arguments.console.note("\(store.unreadable) messages could not be understood and were passed over.")
            }
            let counts = try HistoryReader(path: path).rowCounts()
            arguments.console.print(
                "\(path): " + counts.map { "\(Human.grouped($0.count)) \($0.name)" }.joined(separator: ", "))
            return .success
        })
}
