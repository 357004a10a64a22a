public import Foundation
import Synchronization

/// Runs Python scripts, for tests that compare with an independent implementation.
///
/// Not every machine has Python or its modules: enable such a test with
/// `.enabled(if: Python.has("numpy", "sklearn"), "needs python3 with numpy and scikit-learn")`, and it says why it is
/// skipped.
public enum Python {
    public struct Failure: Error, CustomStringConvertible {
        public var status: Int32
        public var standardError: String
        public var description: String { "python3 ended with \(status): \(standardError)" }
    }

    private static let known = Mutex<[String: Bool]>([:])

    /// Whether python3 is on the path and can import the modules.
    public static func has(_ modules: String...) -> Bool {
        let key = modules.joined(separator: ",")
        if let answer = known.withLock({ $0[key] }) { return answer }
        let answer = (try? run(modules.isEmpty ? "pass" : "import \(key)")) != nil
        known.withLock { $0[key] = answer }
        return answer
    }

    /// Runs a script with `input` on its standard input and gives its standard output.
    ///
    /// - Throws: `Failure` with what it wrote to standard error when it does not end with 0.
    @discardableResult
    public static func run(_ script: String, input: Data = Data(), arguments: [String] = []) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("python-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files instead of pipes: nobody has to drain one end while filling the other.
        let files = ["script.py", "input", "output", "errors"].map { folder.appendingPathComponent($0) }
        try Data(script.utf8).write(to: files[0])
        try input.write(to: files[1])
        for file in files[2...] { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", files[0].path] + arguments
        process.standardInput = try FileHandle(forReadingFrom: files[1])
        process.standardOutput = try FileHandle(forWritingTo: files[2])
        process.standardError = try FileHandle(forWritingTo: files[3])
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let text = String(decoding: try Data(contentsOf: files[3]), as: UTF8.self)
            throw Failure(status: process.terminationStatus, standardError: text)
        }
        return try Data(contentsOf: files[2])
    }
}
