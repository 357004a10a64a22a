import Foundation
import TestSupport

/// One run of the built program as a process of its own: what a user sees of it.
struct ProgramRun {
    var code: Int32
    var output: String
    var error: String

    /// The program beside the test bundle.
    static var program: URL {
        var folder = URL(filePath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        while folder.path != "/" {
            let candidate = folder.appending(path: "millrace")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        fatalError("expected the built program 'millrace' near \(ProcessInfo.processInfo.arguments[0])")
    }

    /// Runs a command line to its end; after a minute it is killed, and the exit code is that of the signal.
    static func run(
        _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:], input: String? = nil,
        within limit: Duration = .seconds(60)
    ) throws -> ProgramRun {
        try StartedProgram(arguments, in: folder, environment: environment, input: input).wait(within: limit)
    }
}

/// A command line under way, with its output in files: nothing has to be read for it to go on.
final class StartedProgram {
    private let process = Process()
    private let files: TemporaryFolder
    private let output: FileHandle
    private let error: FileHandle

    /// - Parameter launcher: a command line that ends by executing the one that follows it.
    init(
        _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:], input: String? = nil,
        by launcher: [String] = []
    ) throws {
        let files = try TemporaryFolder()
        self.files = files
        func file(_ name: String) throws -> FileHandle {
            try files.write("", to: name)
            return try FileHandle(forUpdating: files.url.appending(path: name))
        }
        output = try file("out")
        error = try file("err")
        let source = try file("in")
        if let input {
            source.write(Data(input.utf8))
            try source.seek(toOffset: 0)
        }
        let words = launcher + [ProgramRun.program.path] + arguments
        process.executableURL = launcher.isEmpty ? ProgramRun.program : Programs.find(launcher[0])
        process.arguments = Array(words.dropFirst())
        if let folder { process.currentDirectoryURL = folder }
        var variables = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("MILLRACE_") }
        variables.merge(environment) { $1 }
        process.environment = variables
        process.standardOutput = output
        process.standardError = error
        process.standardInput = source
        try process.run()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var isRunning: Bool { process.isRunning }
    var id: Int32 { process.processIdentifier }
    var errorText: String { (try? files.read("err")) ?? "" }
    var outputText: String { (try? files.read("out")) ?? "" }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end; kills the process when it does not come in time.
    func wait(within limit: Duration = .seconds(60)) throws -> ProgramRun {
        let end = ContinuousClock.now + limit
        while process.isRunning, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.01) }
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        return ProgramRun(
            code: process.terminationStatus, output: try files.read("out"), error: try files.read("err"))
    }
}

/// A folder of a test's own, removed with it.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "millrace-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func file(_ name: String) -> String { url.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: url.appending(path: name)), as: UTF8.self)
    }
}
