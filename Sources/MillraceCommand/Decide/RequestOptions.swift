import CommandLine
import Millrace
import MillraceWorker

/// What every request says: who asks, why, and whether to wait for the answer.
enum RequestOptions {
    static func options(reasonRequired: Bool = true) -> [Option] {
        PipelineChoice.options + [
            .value(
                "reason", short: "r", .text, required: reasonRequired,
                "Why, in your words: it is kept with the decision"),
            .value(
                "requester", .text, valueName: "name", environment: "MILLRACE_REQUESTER",
                "Who asks (default: the user's name)"),
            .flag("no-wait", "Send the request and do not wait for its answer"),
            .value("timeout", .duration, default: "60s", "How long to wait for the answer"),
            .json,
        ]
    }

    static func requester(_ arguments: Arguments) -> String {
        arguments.textIfGiven("requester") ?? PipelineConnection.requester
    }

    static func reason(_ arguments: Arguments) throws(UsageError) -> String {
        let reason = arguments.text("reason")
        guard !reason.allSatisfy(\.isWhitespace), reason.count <= 2000 else {
            throw UsageError(
                .invalidValue, "--reason: expected a reason of 1 to 2000 characters, found \(reason.count).",
                advice: "It is kept with the decision, for those who ask later.")
        }
        return reason
    }
}
