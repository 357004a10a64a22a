import CommandLine
import Foundation
import Testing

@testable import MillraceCommand

@Suite struct UsageTests {
    @Test func theCommandTreeHasNoFaults() {
        #expect(CommandTree.root.faults() == [])
    }

    @Test func everyCommandShowsAnExample() {
        func check(_ command: Command, _ path: String) {
            if command.run != nil { #expect(!command.examples.isEmpty, "\(path) has no example") }
            for next in command.subcommands { check(next, path + " " + next.name) }
        }
        check(CommandTree.root, "millrace")
    }

    @Test func everyExitCodeIsExplainedOnce() throws {
        let run = try ProgramRun.run(["retrain", "--help"])
        let codes = run.output.components(separatedBy: "EXIT CODES")[1].split(separator: "\n")
            .compactMap { $0.hasPrefix("  ") && $0.dropFirst(2).first?.isNumber == true ? $0.dropFirst(2).first : nil }
        #expect(String(codes) == "012345")
        #expect(run.output.contains("  1  The request was refused, or the run failed"))
        #expect(run.output.contains("What would other parameters give?\n"))
    }

    @Test func aMistypedCommandIsRefusedWithASuggestion() throws {
        let run = try ProgramRun.run(["versoin"])
        #expect(run.code == 2)
        #expect(run.error.contains("Did you mean 'version'?"))
        #expect(run.output.isEmpty)
    }

    @Test func aMistypedOptionIsRefusedWithASuggestion() throws {
        let run = try ProgramRun.run(["version", "--jsn"])
        #expect(run.code == 2)
        #expect(run.error.contains("Did you mean '--json'?"))
    }

    @Test func versionNamesProgramAndLibraries() throws {
        let run = try ProgramRun.run(["version", "--json"])
        #expect(run.code == 0)
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: String])
        #expect(Set(object.keys) == ["millrace", "librdkafka", "xgboost"])
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScriptsKnowTheCommands(shell: String) throws {
        let run = try ProgramRun.run(["completions", shell])
        #expect(run.code == 0)
        for command in CommandTree.root.subcommands { #expect(run.output.contains(command.name)) }
    }

    @Test func bashReadsItsCompletionScript() throws {
        let script = try ProgramRun.run(["completions", "bash"]).output
        let folder = try TemporaryFolder()
        try script.write(toFile: folder.file("millrace.bash"), atomically: true, encoding: .utf8)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        let probe = """
            source millrace.bash; COMP_WORDS=(millrace ver); COMP_CWORD=1; $(complete -p millrace \
            | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); echo "${COMPREPLY[*]}"
            """
        process.arguments = ["-c", probe]
        process.currentDirectoryURL = folder.url
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        process.waitUntilExit()
        let answer = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(answer.trimmingCharacters(in: .whitespacesAndNewlines) == "version")
    }

    /// `make docs` writes it anew.
    @Test func theReferenceOfCommandsIsCurrent() throws {
        let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let written = try String(contentsOf: package.appending(path: "docs/reference/commands.md"), encoding: .utf8)
        let run = try ProgramRun.run(["help", "--markdown"])
        #expect(run.output == written)
    }
}
