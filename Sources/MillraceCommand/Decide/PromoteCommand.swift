import CommandLine
import Millrace
import MillraceWorker

enum PromoteCommand {
    static let command = Command(
        name: "promote", summary: "Make a version the champion",
        discussion: """
            The request names the champion that it replaces, the one in force when it was sent: it is refused when \
            another has come since. The gate is asked again unless --force is given; a version that was rejected or \
            rolled back needs --force.
            """,
        arguments: [Argument("version", .integer(1...Int.max), "The version to promote")],
        options: RequestOptions.options() + [
            .value(
                "replaces", .integer(0...Int.max), valueName: "version",
                "The champion it replaces, 0 for none (default: the one in force)"),
            .flag("force", "Skip the gate, and allow a rejected or rolled-back version"),
        ],
        examples: [
            .init("millrace promote 7 --reason 'approved by the risk board'", "Approve what awaits approval"),
            .init("millrace promote 5 --force --reason 'incident 812'", "Whatever the gate says"),
        ],
        exitCodes: .request,
        run: action { arguments in
            let reason = try RequestOptions.reason(arguments)
            return try ReleaseRequest(arguments: arguments, connection: PipelineChoice.connect(arguments)).run { view in
                PromoteRequested(
                    version: arguments.integer("version"), replaces: replaced(arguments, view),
                    requester: RequestOptions.requester(arguments), reason: reason,
                    force: arguments.flag("force") ? true : nil)
            }
        })

    static func replaced(_ arguments: Arguments, _ view: PipelineView) -> Int? {
        guard let given = arguments.integerIfGiven("replaces") else { return view.publish.champion }
        return given == 0 ? nil : given
    }
}
