import Foundation
import Testing

@testable import CommandLine

@Suite struct CompletionTests {
    private static func path(of shell: String) -> String? {
        ["/usr/bin/", "/bin/", "/usr/local/bin/"].map { $0 + shell }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private func script(_ shell: String) async -> String { await Fixture.run("completions", shell).output }

    /// Runs a shell and gives what it printed.
    private func run(_ shell: String, _ arguments: [String]) throws -> (status: Int32, text: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: try #require(Self.path(of: shell)))
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private func checkSyntax(_ shell: String, _ file: String) throws {
        let result = try run(shell, ["-n", file])
        #expect(result.status == 0)
        #expect(result.text == "")
    }

    private func withScript(_ shell: String, _ body: (String) throws -> Void) async throws {
        let file = NSTemporaryDirectory() + "/completion-\(UUID().uuidString).\(shell)"
        try await script(shell).write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        try body(file)
    }

    // Each shell's own syntax check, for the shells that this machine has.
    @Test(.enabled(if: CompletionTests.path(of: "bash") != nil)) func bashAcceptsItsScript() async throws {
        try await withScript("bash") { try checkSyntax("bash", $0) }
    }

    @Test(.enabled(if: CompletionTests.path(of: "zsh") != nil)) func zshAcceptsItsScript() async throws {
        try await withScript("zsh") { try checkSyntax("zsh", $0) }
    }

    @Test(.enabled(if: CompletionTests.path(of: "fish") != nil)) func fishAcceptsItsScript() async throws {
        try await withScript("fish") { try checkSyntax("fish", $0) }
    }

    /// The words typed, the last of them unfinished, and what bash must offer.
    static let lines: [([String], [String])] = [
        (["mill", ""], ["completions", "grind", "wheel"]),
        (["mill", "gr"], ["grind"]),
        (["mill", "wheel", ""], ["stop"]),
        (["mill", "--color", "a"], ["always", "auto"]),
        (["mill", "--color", "=", "n"], ["never"]),
        (["mill", "grind", "--fineness", ""], ["coarse", "fine", "medium"]),
        (["mill", "grind", "--st"], ["--stones"]),
        (["mill", "--quiet", "grind", "--stones", "4", "--fineness", "f"], ["fine"]),
        (["mill", "grind", "--no"], ["--no-dry-run"]),
        (["mill", "completions", "z"], ["zsh"]),
        (["mill", "completions", "zsh", ""], []),
        (["mill", "wheel", "stop", "--re"], ["--reason"]),
        (["mill", "wheel", "--co"], ["--color"]),
    ]

    @Test(.enabled(if: CompletionTests.path(of: "bash") != nil), arguments: lines)
    func bashOffersWhatFits(_ words: [String], _ offers: [String]) async throws {
        try await withScript("bash") { file in
            let quoted = words.map { "'\($0)'" }.joined(separator: " ")
            let program =
                "source '\(file)'; COMP_WORDS=(\(quoted)); COMP_CWORD=\(words.count - 1); _mill; "
                + "printf '%s\\n' \"${COMPREPLY[@]}\""
            let result = try run("bash", ["--norc", "-c", program])
            #expect(result.status == 0)
            #expect(result.text.split(separator: "\n").map(String.init).sorted() == offers)
        }
    }

    @Test func everyScriptKnowsEveryCommandOptionAndValueButNotTheHidden() async {
        for shell in CompletionScript.Shell.allCases {
            let text = await script(shell.rawValue)
            for word in ["grind", "wheel", "stop", "stones", "fineness", "coarse", "dry-run", "reason", "completions"] {
                #expect(text.contains(word), "\(word) in \(shell)")
            }
            #expect(!text.contains("axle"))
        }
    }
}
