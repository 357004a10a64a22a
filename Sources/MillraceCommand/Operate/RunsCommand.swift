import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum RunsCommand {
    static let command = Command(
        name: "runs", summary: "List runs from trigger to verdict, or explain one",
        arguments: [Argument("run", required: false, "A run's name, or the beginning of it")],
        options: PipelineChoice.options + [
            .value("last", .integer(1...Int.max), valueName: "n", default: "20", "The newest so many"),
            .value("state", .text, valueName: "state", "Only runs of this state: running, refused, published …"), .json,
        ],
        examples: [
            .init("millrace runs", "The newest twenty"),
            .init("millrace runs --state refused", "Why was nothing trained?"),
            .init("millrace runs 20180808", "All about one run"),
        ],
        exitCodes: .broker + [.init(.failure, "There is no such run")],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            let view = try connection.view([.models, .releases]).view
            if let name = arguments.textIfGiven("run") {
                let found = view.runs.filter { $0.run == name || $0.run.hasPrefix(name) }
                let exact = found.first { $0.run == name }
                guard let run = exact ?? (found.count == 1 ? found[0] : nil) else {
                    throw CommandFailure(
                        found.isEmpty
                            ? "Expected a run named '\(name)', found none. 'millrace runs' lists them."
                            : "'\(name)' begins the names of \(found.count) runs: "
                                + found.map(\.run).joined(separator: ", "))
                }
                if arguments.flag("json") {
                    arguments.console.print(try CodableText.pretty(run))
                } else {
                    RunPage(run: run).write(on: arguments.console)
                }
                return .success
            }
            var runs = view.runs
            if let state = arguments.textIfGiven("state") {
                guard let wanted = RunSummary.State(rawValue: state) else {
                    throw UsageError(
                        .invalidValue, "--state: expected a run's state, found '\(state)'.",
                        advice: "States: queued, running, trained, merged, refused, failed, published, rejected, "
                            + "inconclusive, awaiting-approval.")
                }
                runs = runs.filter { $0.state == wanted }
            }
            runs = runs.suffix(arguments.integer("last"))
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(runs))
                return .success
            }
            guard !runs.isEmpty else {
                arguments.console.note("No runs. 'millrace status' says what the pipeline waits for.")
                return .success
            }
            var table = Table(["RUN", "STATE", "VERSION", "TRIGGER", "AS-OF", "POSITIVES", "TOOK", "WHY"])
            for run in runs {
                table.add(
                    .init(run.run), .init(run.state.rawValue, RunPage.emphasis(run.state)),
                    .init(run.version.map { String($0) } ?? "-"),
                    .init(run.cause),
                    .init(run.asOf.map { "\($0)" } ?? "-"), .init(run.trainingPositives.map { String($0) } ?? "-"),
                    .init(run.milliseconds.map { Human.duration(.milliseconds($0)) } ?? "-"),
                    .init(run.reasons.map(\.code).joined(separator: ", ")))
            }
            arguments.console.print(table)
            return .success
        })
}

/// All about one run, for people.
struct RunPage {
    let run: RunSummary

    static func emphasis(_ state: RunSummary.State) -> Emphasis {
        switch state {
        case .published: .good
        case .failed: .bad
        case .refused, .awaitingApproval, .inconclusive: .attention
        case .queued, .running, .trained, .merged, .rejected: .none
        }
    }

    func write(on console: Console) {
        func line(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            console.print("  " + name + String(repeating: " ", count: max(1, 11 - name.count)) + text)
        }
        console.print(
            "\(console.style.bold(run.run)): \(console.style.apply(Self.emphasis(run.state), to: run.state.rawValue))")
        line("trigger", run.cause)
        line("requester", run.requester)
        line("as of", run.asOf.map { "\($0)" })
        line("training", run.training.map { "\($0)" })
        line("holdout", run.holdout.map { "\($0)" })
        line("attempt", run.attempt > 0 ? String(run.attempt) : nil)
        line("started", run.started.map { "\($0)" })
        line("ended", run.ended.map { "\($0)" })
        if let rows = run.trainingRows, let positives = run.trainingPositives {
            line("rows", "\(Human.grouped(rows)), \(Human.grouped(positives)) of them positive")
        }
        if run.state == .running, let progress = run.progress {
            line("progress", "\(progress.stage.rawValue) \(progress.completed) of \(progress.total)")
        }
        for (name, value) in run.metrics.sorted(by: { $0.key < $1.key }) {
            line("metric", "\(name) \(Human.fixed(value, places: 4))")
        }
        line("version", run.version.map { String($0) })
        line("into", run.into)
        for reason in run.reasons { line("why", "\(reason.code): \(reason.message)") }
    }
}
