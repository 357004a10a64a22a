import CommandLine
import Foundation
import Kafka
import Millrace
import MillraceWorker

enum CheckCommand {
    static let command = Command(
        name: "check", summary: "Find the mistakes of a pipeline file before it runs",
        discussion: """
            All mistakes are reported at once, each with its line. --live also asks the brokers whether the topics are \
            there and keep their events long enough. --diff says what the edits between an earlier file and this one \
            mean, and when each takes effect.
            """,
        arguments: [
            Argument(
                "file", .file(endings: ["yaml", "yml"]), required: false,
                "The pipeline file; without it, as -f says")
        ],
        options: PipelineChoice.options + [
            .flag("live", "Also ask the brokers about topics, partitions and retention"),
            .value(
                "diff", .file(endings: ["yaml", "yml"]), valueName: "old-file",
                "Compare with an earlier version of the file"),
            .json,
        ],
        examples: [
            .init("millrace check pipeline.yaml", "Is the file right?"),
            .init("millrace check pipeline.yaml --live", "Will it run against these brokers?"),
            .init("millrace check new.yaml --diff old.yaml", "What does each edit mean?"),
        ],
        exitCodes: .broker + [
            .init(.failure, "The brokers cannot serve this pipeline, or an edit needs a new pipeline name")
        ],
        run: action { arguments in
            do {
                let file = try arguments.textIfGiven("file").map { try PipelineFile.load(path: $0) }
                return try check(file ?? PipelineChoice.load(arguments), arguments)
            } catch let error as ConfigurationError where arguments.flag("json") {
                arguments.console.print(String(decoding: try error.json(), as: UTF8.self))
                return .configuration
            }
        })

    private static func check(_ file: PipelineFile, _ arguments: Arguments) throws -> ExitCode {
        var findings: [LiveFinding] = []
        if arguments.flag("live") {
            let connection = try PipelineConnection(file.pipeline, brokers: arguments.textIfGiven("brokers"))
            findings = try LiveCheck(connection: connection).findings()
        }
        var difference: PipelineDifference?
        if let old = arguments.textIfGiven("diff") {
            difference = PipelineDifference(from: try PipelineFile.load(path: old).pipeline, to: file.pipeline)
        }
        if arguments.flag("json") {
            arguments.console.print(json(file, findings, difference))
        } else {
            summarise(file, on: arguments.console)
            for finding in findings {
                switch finding.severity {
                case .fault: arguments.console.fail(finding.message)
                case .warning: arguments.console.warn(finding.message)
                case .fact: arguments.console.print(finding.message)
                }
            }
            if let difference { show(difference, on: arguments.console) }
        }
        let isFaulty = findings.contains { $0.severity == .fault } || difference?.needsNewPipeline == true
        return isFaulty ? .failure : .success
    }

    private static func summarise(_ file: PipelineFile, on console: Console) {
        let pipeline = file.pipeline
        let names = pipeline.features.flatMap(\.featureNames)
        console.print("\(file.path): pipeline '\(pipeline.name)' is valid.")
        console.print("  brokers   \(pipeline.kafka.brokers)")
        console.print("  events    \(pipeline.events.topics.joined(separator: ", "))")
        if let labels = pipeline.labels {
            console.print(
                "  labels    \(labels.topics.joined(separator: ", ")), mature after "
                    + DurationText.format(labels.maturity))
        }
        console.print(
            "  windows   \(DurationText.format(pipeline.windows.size)), sealed "
                + "\(DurationText.format(pipeline.windows.lateness)) after their end")
        console.print("  features  \(names.count): \(names.joined(separator: ", "))")
        let reach = pipeline.features.map(\.reach).max() ?? .zero
        console.print(
            "  training  \(DurationText.format(pipeline.training.span)), after "
                + "\(DurationText.format(pipeline.training.warmUp ?? reach)) of warm-up")
    }

    private static func show(_ difference: PipelineDifference, on console: Console) {
        if difference.edits.isEmpty { console.print("No difference that means anything.") }
        for edit in difference.edits { console.print("  " + edit.summary) }
        for note in difference.notes { console.warn(note) }
        if difference.needsNewPipeline {
            console.fail("Some edits need a new pipeline name: what is sealed was made under the old setting.")
        }
    }

    private static func json(
        _ file: PipelineFile, _ findings: [LiveFinding], _ difference: PipelineDifference?
    ) -> OrderedJSON {
        let pipeline = file.pipeline
        var members: [OrderedJSON.Member] = [
            .init("file", .text(file.path)), .init("pipeline", .text(pipeline.name)), .init("problems", []),
            .init("configurationHash", .text(pipeline.configurationHash)),
            .init("featureHash", .text(pipeline.featureHash)),
            .init("features", .array(pipeline.features.flatMap(\.featureNames).map { .text($0) })),
            .init(
                "findings",
                .array(findings.map { ["severity": .text($0.severity.rawValue), "message": .text($0.message)] })),
        ]
        if let difference {
            let edits = difference.edits.map { edit in
                [
                    "path": .text(edit.path), "old": .text(orNull: edit.old), "new": .text(orNull: edit.new),
                    "effect": .text(edit.effect.rawValue),
                ] as OrderedJSON
            }
            members.append(.init("edits", .array(edits)))
            members.append(.init("notes", .array(difference.notes.map { .text($0) })))
        }
        return .object(members)
    }
}
