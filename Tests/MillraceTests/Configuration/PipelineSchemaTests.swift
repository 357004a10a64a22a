import Foundation
import Millrace
import Testing

/// Whether Python with jsonschema is installed; without them the schema's own tests are skipped.
let hasValidator: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", "import jsonschema, yaml"]
    process.standardError = FileHandle.nullDevice
    do { try process.run() } catch { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
}()

@Suite struct PipelineSchemaTests {
    @Test func `The reference page is the one made of the schema`() throws {
        try expectCommitted(PipelineReference.markdown, at: "docs/reference/pipeline-file.md")
    }

    // Needs python3 with jsonschema and yaml; skipped without.
    @Test(.enabled(if: hasValidator, "python3 with jsonschema and yaml is not installed"))
    func `The JSON Schema is one, takes every example and refuses unknown keys`() throws {
        let folder = NSTemporaryDirectory() + "schema-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try PipelineJSONSchema.text.write(toFile: folder + "/schema.json", atomically: true, encoding: .utf8)
        try PipelineTemplate.text().write(toFile: folder + "/template.yaml", atomically: true, encoding: .utf8)
        let script = """
            import json, sys, yaml, datetime, jsonschema
            # YAML 1.1 dates are texts to the worker.
            yaml.SafeLoader.yaml_implicit_resolvers = {
                k: [r for r in v if r[0] != 'tag:yaml.org,2002:timestamp']
                for k, v in yaml.SafeLoader.yaml_implicit_resolvers.items()}
            schema = json.load(open(sys.argv[1]))
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            for path in sys.argv[2:]:
                value = yaml.safe_load(open(path))
                for error in validator.iter_errors(value): sys.exit(path + ": " + str(error))
                value["nonsense"] = 1
                if validator.is_valid(value): sys.exit("an unknown key was taken")
                del value["nonsense"]
                value["windows"] = {"size": "soon"}
                if validator.is_valid(value): sys.exit("'soon' was taken as a duration")
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-c", script, folder + "/schema.json", folder + "/template.yaml",
            repository + "/deploy/pipelines/handbook.yaml", repository + "/deploy/pipelines/demo.yaml",
        ]
        let output = Pipe()
        process.standardError = output
        try process.run()
        let message = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(message)")
    }
}
