import CommandLine
import Foundation
import Millrace

enum InitCommand {
    static let command = Command(
        name: "init", summary: "Write a pipeline file to begin with",
        discussion: """
            The file declares card transactions with delayed chargebacks, as 'millrace simulate' makes them: change \
            topics, columns and features to yours. An existing file is left alone unless --force is given.
            """,
        arguments: [
            Argument("file", .file(endings: ["yaml", "yml"]), default: "pipeline.yaml", "The file to write")
        ],
        options: [
            .value("name", .text, default: "fraud", "The pipeline's name: lower-case letters, digits and '-'"),
            .value(
                "brokers", .text, valueName: "host:port", default: "embedded",
                "Brokers to use; 'embedded' is a broker inside 'millrace run'"),
            .flag("force", "Write over an existing file"),
        ],
        examples: [
            .init("millrace init", "A pipeline.yaml with an embedded broker, to try everything on"),
            .init("millrace init fraud.yaml --name fraud --brokers kafka-1:9092", "One for your own brokers"),
        ],
        run: action { arguments in
            let path = arguments.text("file")
            if FileManager.default.fileExists(atPath: path), !arguments.flag("force") {
                throw CommandFailure(
                    "Expected no file \(path), found one. Give another name, or --force to write over it.")
            }
            let text = PipelineTemplate.text(
                name: arguments.text("name"), brokers: arguments.text("brokers"))
            // What a name does to the file is found here, not at the first run.
            let file = try PipelineFile.parse(text, path: path)
            try DurableFile.write(Array(text.utf8), to: path)
            arguments.console.print("Wrote \(path): pipeline '\(file.pipeline.name)'.")
            arguments.console.note(
                """
                Next:
                  millrace check \(path)
                  millrace run -f \(path)
                """)
            if file.pipeline.kafka.isEmbedded {
                arguments.console.note("  millrace simulate -f \(path)     (in another terminal: events and labels)")
            }
            return .success
        })
}
