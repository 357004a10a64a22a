import CommandLine
import Millrace
import MillraceWorker

enum RollbackCommand {
    static let command = Command(
        name: "rollback", summary: "Put an earlier champion back, and hold automatic promotion",
        discussion: """
            The request names the champion that is to go, the one in force when it was sent: it is refused when another \
            has come since. Challengers then await approval until 'millrace resume'.
            """,
        arguments: [
            Argument("version", .text, default: "previous", "The version to go back to: a number, or 'previous'")
        ],
        options: RequestOptions.options() + [
            .value(
                "replaces", .integer(0...Int.max), valueName: "version",
                "The champion that is to go (default: the one in force)"),
            .flag("force", "Allow a version that never was champion, or was itself rolled back"),
        ],
        examples: [
            .init("millrace rollback --reason 'alerts doubled'", "Back to the champion before this one"),
            .init("millrace rollback 5 --reason 'last known good'", "Back to version 5"),
        ],
        exitCodes: .request,
        run: action { arguments in
            let reason = try RequestOptions.reason(arguments)
            let version = arguments.text("version")
            guard version == "previous" || Int(version).map({ $0 > 0 }) == true else {
                throw UsageError(
                    .invalidValue, "<version>: expected a number or 'previous', found '\(version)'.",
                    advice: "'millrace models' lists versions.")
            }
            return try ReleaseRequest(arguments: arguments, connection: PipelineChoice.connect(arguments)).run { view in
                RollbackRequested(
                    version: version, replaces: PromoteCommand.replaced(arguments, view),
                    requester: RequestOptions.requester(arguments), reason: reason,
                    force: arguments.flag("force") ? true : nil)
            }
        })
}
