import Foundation

/// A program started by a test, in the background, with its output in a file.
///
/// `@unchecked Sendable`: the process object is only asked for its state and signalled by id after the start.
final class Running: @unchecked Sendable {
    private let process = Process()
    private let log: URL?
    let id: Int32

    init(_ program: URL, _ arguments: [String], environment: [String: String] = [:], log: URL?) throws {
        self.log = log
        process.executableURL = program
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, given in given }
        if let log {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
            let output = try FileHandle(forWritingTo: log)
            process.standardOutput = output
            process.standardError = output
        } else {
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
        }
        process.standardInput = FileHandle.nullDevice
        try process.run()
        id = process.processIdentifier
    }

    var hasEnded: Bool { !process.isRunning }

    var logText: String {
        guard let log, let data = try? Data(contentsOf: log) else { return "" }
        return String(decoding: data, as: UTF8.self)
    }

    func waitForEnd() -> Int32 {
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// Signals the process and waits for its end; after ten seconds it is killed.
    func end(signal: Int32) {
        guard process.isRunning else { return }
        kill(id, signal)
        for _ in 0..<200 where process.isRunning { Thread.sleep(forTimeInterval: 0.05) }
        if process.isRunning { kill(id, SIGKILL) }
    }
}
