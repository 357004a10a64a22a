import Foundation
import Millrace
import Testing

/// Texts that are committed and compared; MILLRACE_REGENERATE=1 writes them anew, to be read in the difference.
func expectCommitted(_ text: String, at path: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: repository + "/" + path)
    if ProcessInfo.processInfo.environment["MILLRACE_REGENERATE"] != nil {
        try Data(text.utf8).write(to: file)
    }
    let committed = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    #expect(committed == text, "run with MILLRACE_REGENERATE=1 and read the change", sourceLocation: sourceLocation)
}

@Suite struct ConfigurationErrorTests {
    @Test func `A file with many mistakes is told all of them at once, each with its line`() throws {
        let folder = "Tests/Fixtures/configuration/"
        let text = try String(contentsOfFile: repository + "/" + folder + "mistakes.yaml", encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) {
            try PipelineFile.parse(text, path: "mistakes.yaml", environment: [:])
        }
        try expectCommitted((error?.description ?? "") + "\n", at: folder + "mistakes.expected.txt")
    }
}
