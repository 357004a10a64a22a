import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum StatusCommand {
    static let command = Command(
        name: "status", summary: "Say how the pipeline is, what holds it up, and what to type next",
        discussion: """
            Reads the control topics and the groups' offsets, from any machine. Processes of this machine also say \
            what they are doing at this moment.
            """,
        options: PipelineChoice.options + [
            .flag("watch", short: "w", "Show it again every two seconds, until Ctrl-C"),
            .value(
                "wait", .duration, valueName: "at most",
                "First wait until every message is worked off and no run is under way, at most this long"), .json,
        ],
        examples: [
            .init("millrace status", "A few lines about the pipeline of this folder"),
            .init("millrace status --json | jq .problems", "For a machine"),
            .init("millrace status --watch", "Keep it on a screen"),
            .init("millrace status --wait 10m", "In a script: go on when the worker has caught up"),
        ],
        exitCodes: .broker + [
            .init(.failure, "Something is wrong or asks for attention: the answer says what"),
            .init(.unanswered, "With --wait: there was still work to do when the time was over"),
        ],
        run: action { arguments in
            let connection = try PipelineChoice.connect(arguments)
            if let patience = arguments.durationIfGiven("wait") {
                if let stopped = try await settle(connection, arguments, patience: patience) { return stopped }
            }
            guard arguments.flag("watch") else { return try show(connection, arguments) }
            let stop = InterruptSignal.installed()
            while !stop.isRaised {
                if arguments.console.outputIsTerminal { arguments.console.print("\u{1B}[2J\u{1B}[H", terminator: "") }
                _ = try show(connection, arguments)
                for _ in 0..<20 where !stop.isRaised { try await Task.sleep(for: .milliseconds(100)) }
            }
            return .success
        })

    /// Waits until nothing is left to do, seen twice: a message may pass from one stage to the next between two looks.
    /// Returns the exit code where a signal ended the wait.
    private static func settle(
        _ connection: PipelineConnection, _ arguments: Arguments, patience: Duration
    ) async throws -> ExitCode? {
        let stop = InterruptSignal.installed()
        let end = ContinuousClock.now + patience
        var saidAt: ContinuousClock.Instant?
        var settledBefore = false
        while !stop.isRaised {
            let lags = try connection.lags()
            let left = WorkLeft(
                groups: lags.groups, unseen: lags.trouble, runs: try connection.view().view.runs)
            if left.isNothing && settledBefore { return nil }
            settledBefore = left.isNothing
            guard ContinuousClock.now < end else {
                throw OperationsError(
                    .unanswered,
                    "Expected the worker to catch up within \(Human.duration(patience)), found \(left). 'millrace status' "
                        + "says what holds it up; a longer --wait waits on.")
            }
            if saidAt.map({ ContinuousClock.now - $0 >= .seconds(10) }) ?? true, !left.isNothing {
                arguments.console.note("Waiting: \(left)")
                saidAt = .now
            }
            try await Task.sleep(for: .milliseconds(500))
        }
        return stop.reason?.exitCode ?? .success
    }

    private static func show(_ connection: PipelineConnection, _ arguments: Arguments) throws -> ExitCode {
        let status = try read(connection)
        if arguments.flag("json") {
            arguments.console.print(try CodableText.pretty(status))
        } else {
            write(status, on: arguments.console)
        }
        return status.isWell ? .success : .failure
    }

    static func read(_ connection: PipelineConnection) throws -> PipelineStatus {
        let view = try connection.view().view
        let lags = try connection.lags()
        return PipelineStatus(
            .init(
                pipeline: connection.pipeline, view: view, lags: lags.groups, trouble: lags.trouble,
                processes: StatusFile.readAll(of: connection.pipeline),
                deadLetters: try connection.deadLetterCount()))
    }

    private static func write(_ status: PipelineStatus, on console: Console) {
        let style = console.style
        let process =
            status.processes.isEmpty ? "no worker runs on this machine" : status.processes.joined(separator: "; ")
        console.print("\(style.bold(status.pipeline)): \(process)")
        var table = Table(["ROLE", "LAG", "BEHIND", "REACHED", "NOW"])
        for stage in status.stages {
            table.add(
                .init(stage.role.rawValue), .init(stage.lag.map { Human.grouped(Int($0)) } ?? "-"),
                .init(stage.lagSeconds.map { Human.duration(.seconds($0)) } ?? "-"), .init(stage.reached),
                .init(stage.condition ?? "-"))
        }
        console.print(table)
        for line in freshness(status.freshness) { console.print(line) }
        if status.problems.isEmpty {
            console.print(style.green("Nothing is wrong."))
            return
        }
        for problem in status.problems {
            let text = problem.message
            switch problem.severity {
            case .blocking: console.print(style.red("! ") + text)
            case .warning: console.print(style.yellow("! ") + text)
            case .attention: console.print(style.cyan("? ") + text)
            }
        }
        // One thing at a time: the first that can be typed is the most urgent.
        if let next = status.problems.lazy.compactMap(\.next).first { console.print("Next: \(style.bold(next))") }
    }

    /// How far each stage's knowledge is behind the newest event, in a few lines.
    static func freshness(_ freshness: Freshness) -> [String] {
        guard let seen = freshness.reached(.seen)?.through else { return [] }
        func span(_ seconds: Double) -> String { Human.duration(.seconds(seconds.rounded())) }
        var parts = ["Newest event \(seen)"]
        for reached in freshness.stages where reached.stage != .seen {
            guard reached.through != nil, let behind = reached.behindSeconds else {
                parts.append("nothing \(reached.stage.rawValue) yet")
                continue
            }
            let since = reached.unchangedSeconds.map { " (\(span($0)) ago)" } ?? ""
            parts.append("\(reached.stage.rawValue) \(span(behind)) behind it\(since)")
        }
        var lines = [parts.joined(separator: "; ")]
        if !freshness.labels.isEmpty {
            let shares = freshness.labels.map { share in
                "\(Human.percent(share.share)) up to \(span(share.toSeconds)) old"
            }
            lines.append("Labels known: " + shares.joined(separator: ", "))
        }
        return lines
    }
}
