import Foundation
import TestSupport
import Testing

/// `deploy/systemd`: what systemd itself says of the unit. Its program need not be installed for that.
@Suite struct SystemdUnitTests {
    private func analyze(_ arguments: [String]) throws -> (code: Int32, output: String) {
        let source = AlertRulesTests.repository.appending(path: "deploy/systemd/millrace@.service")
        let text = try String(contentsOf: source, encoding: .utf8)
        #expect(text.contains("ExecStart=/usr/local/bin/millrace run\n"))
        let folder = FileManager.default.temporaryDirectory.appending(path: "millrace-unit-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data(text.replacing("/usr/local/bin/millrace", with: "/bin/true").utf8)
            .write(to: folder.appending(path: "millrace@.service"))
        let process = Process()
        let output = Pipe()
        process.executableURL = Programs.find("systemd-analyze")
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, said)
    }

    // systemd-analyze is part of Debian's package 'systemd'; without it these are skipped.
    @Test(.enabled(if: Programs.find("systemd-analyze") != nil, "systemd-analyze is not installed"))
    func theUnitHasNoMistakes() throws {
        let (code, said) = try analyze(["verify", "./millrace@fraud.service"])
        #expect(code == 0)
        #expect(!said.contains("millrace"), "\(said)")
    }

    /// From 0, locked in, to 10. Network and the host's files it needs: 1.2 is what is left.
    @Test(.enabled(if: Programs.find("systemd-analyze") != nil, "systemd-analyze is not installed"))
    func theUnitIsExposedToLittle() throws {
        let (code, said) = try analyze([
            "security", "--offline=yes", "--no-pager", "--threshold=15", "./millrace@.service",
        ])
        #expect(code == 0, "\(said)")
        let score = try #require(said.firstMatch(of: /Overall exposure level for .*: ([0-9.]+)/)).1
        print("systemd-analyze security: exposure \(score) of 10")
    }
}
