import CommandLine
import Millrace

enum ResumeCommand {
    static let command = Command(
        name: "resume", summary: "End a hold, asked for or left by a rollback",
        options: RequestOptions.options(),
        examples: [
            .init("millrace resume --reason 'freeze is over'", "Challengers that pass the gate are promoted again")
        ],
        exitCodes: .request,
        run: action { arguments in
            let reason = try RequestOptions.reason(arguments)
            return try ReleaseRequest(arguments: arguments, connection: PipelineChoice.connect(arguments)).run { _ in
                ResumeRequested(requester: RequestOptions.requester(arguments), reason: reason)
            }
        })
}
