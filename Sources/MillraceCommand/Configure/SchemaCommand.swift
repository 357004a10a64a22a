import CommandLine
import Millrace

enum SchemaCommand {
    static let command = Command(
        name: "schema", summary: "Print the JSON Schema, or the reference page, of pipeline files",
        discussion: """
            Editors that know JSON Schema complete and check a pipeline file by it: put it beside the file and begin \
            the file with
              # yaml-language-server: $schema=pipeline.schema.json
            """,
        options: [.flag("markdown", "The reference of all keys as a Markdown page instead")],
        examples: [
            .init("millrace schema > pipeline.schema.json", "A schema for the editor"),
            .init("millrace schema --markdown", "Every key with its type, default and meaning"),
        ],
        run: action { arguments in
            let text = arguments.flag("markdown") ? PipelineReference.markdown : PipelineJSONSchema.text
            arguments.console.print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
            return .success
        })
}
