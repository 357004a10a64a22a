import CommandLine
import Millrace

enum HoldCommand {
    static let command = Command(
        name: "hold", summary: "Hold automatic promotion: challengers that pass the gate await approval",
        options: RequestOptions.options(),
        examples: [
            .init("millrace hold --reason 'change freeze until Monday'", "Nothing is promoted by itself from now on")
        ],
        exitCodes: .request,
        run: action { arguments in
            let reason = try RequestOptions.reason(arguments)
            return try ReleaseRequest(arguments: arguments, connection: PipelineChoice.connect(arguments)).run { _ in
                HoldRequested(requester: RequestOptions.requester(arguments), reason: reason)
            }
        })
}
