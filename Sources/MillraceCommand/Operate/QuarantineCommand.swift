import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum QuarantineCommand {
    static let command = Command(
        name: "quarantine", summary: "List, release or skip a window that broke a blocking rule",
        discussion: """
            A window in quarantine holds later ones back, since their features look back at it. Released, it is \
            transformed as it is; skipped, its events are left out and windows that look back at it do not train.
            """,
        subcommands: [
            Command(
                name: "list", summary: "Show the window in quarantine and the rules that it broke",
                options: PipelineChoice.options + [.json],
                examples: [.init("millrace quarantine list", "What waits, and why?")],
                exitCodes: .broker,
                run: action { arguments in
                    try list(try PipelineChoice.connect(arguments).view([.datasets]).view, arguments)
                    return .success
                }),
            decision(
                "release", "Transform the window in quarantine in spite of its violations",
                "millrace quarantine release --reason 'known outage'"
            ) { QuarantineRelease(window: $0, requester: $1, reason: $2) },
            decision(
                "skip", "Leave the window's events out",
                "millrace quarantine skip --reason 'upstream sent test data'"
            ) { QuarantineSkip(window: $0, requester: $1, reason: $2) },
        ])

    private static func list(_ view: PipelineView, _ arguments: Arguments) throws {
        if arguments.flag("json") {
            arguments.console.print(try CodableText.pretty(view.quarantined.map { [$0] } ?? []))
            return
        }
        guard let quarantined = view.quarantined else {
            arguments.console.print("No window is in quarantine.")
            return
        }
        arguments.console.print("window \(quarantined.window), \(Human.grouped(quarantined.rows)) rows:")
        for violation in quarantined.violations { arguments.console.print("  \(violation.rule): \(violation.message)") }
        arguments.console.note("Decide with 'millrace quarantine release' or 'millrace quarantine skip'.")
    }

    private static func decision<P: Payload>(
        _ name: String, _ summary: String, _ example: String,
        _ payload: @escaping @Sendable (Window, String, String) -> P
    ) -> Command {
        Command(
            name: name, summary: summary,
            options: RequestOptions.options() + [
                .value(
                    "window", .text, valueName: "start",
                    "The window's start, to be sure (default: the one in quarantine)")
            ],
            examples: [.init(example, summary)],
            exitCodes: .request,
            run: action { arguments in
                let reason = try RequestOptions.reason(arguments)
                let connection = try PipelineChoice.connect(arguments)
                let (view, reader) = try connection.view([.datasets])
                guard let quarantined = view.quarantined else {
                    throw CommandFailure("Expected a window in quarantine, found none.")
                }
                if let given = arguments.textIfGiven("window"),
                    (Timestamp(rfc3339: given) ?? Timestamp(rfc3339: given + "T00:00:00Z")) != quarantined.window.start
                {
                    throw CommandFailure(
                        "Expected the window that starts at \(given) in quarantine, found \(quarantined.window).")
                }
                let id = try connection.send(
                    payload(quarantined.window, RequestOptions.requester(arguments), reason), to: .requests)
                guard !arguments.flag("no-wait") else {
                    arguments.console.print("Sent as \(id.id).")
                    return .success
                }
                return try wait(for: quarantined.window, view, reader, arguments)
            })
    }

    /// The answer is the window's dataset.
    private static func wait(
        for window: Window, _ before: PipelineView, _ reader: ControlReader, _ arguments: Arguments
    ) throws -> ExitCode {
        var view = before
        let stop = InterruptSignal.installed()
        let end = ContinuousClock.now + arguments.duration("timeout")
        while ContinuousClock.now < end, !stop.isRaised {
            for record in try reader.poll(timeout: .milliseconds(200)) { view.fold(record) }
            guard let ready = view.datasets.last(where: { $0.window == window }) else { continue }
            if arguments.flag("json") {
                arguments.console.print(
                    [
                        "window": .text(window.description), "rows": .integer(ready.rows),
                        "skipped": .bool(ready.isSkipped),
                    ])
            } else {
                arguments.console.print(
                    ready.isSkipped
                        ? "Skipped: the events of \(window) are left out."
                        : "Released: \(window) is transformed, \(Human.grouped(ready.rows)) rows.")
            }
            return .success
        }
        if let reason = stop.reason { return reason.exitCode }
        throw OperationsError(
            .unanswered,
            "Expected the window's dataset within \(Human.duration(arguments.duration("timeout"))), found none. The "
                + "request stays in the topic and is answered when 'transform' runs: see 'millrace status'.")
    }
}
