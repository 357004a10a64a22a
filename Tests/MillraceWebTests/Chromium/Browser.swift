import Foundation
import TestSupport

/// A real Chromium without a window, driven by the W3C's WebDriver protocol and, where that does not reach, by the
/// browser's own debugging commands.
///
/// Debian's packages `chromium` and `chromium-driver`; tests that need them are skipped without.
final class Browser {
    static var isAvailable: Bool { Programs.find("chromium") != nil && Programs.find("chromedriver") != nil }

    /// Where pictures of pages are kept, for people to look at.
    static let pictures = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../.build/screenshots").standardizedFileURL

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    private let driver = Process()
    private let port: Int
    private var session = ""

    init() async throws {
        port = try FreePorts.find(1)[0]
        driver.executableURL = Programs.find("chromedriver")
        driver.arguments = ["--port=\(port)", "--log-level=OFF"]
        driver.standardInput = FileHandle.nullDevice
        driver.standardOutput = FileHandle.nullDevice
        driver.standardError = FileHandle.nullDevice
        try driver.run()
        do {
            try await begin()
        } catch {
            end()
            throw error
        }
    }

    private func begin() async throws {
        let limit = ContinuousClock.now + .seconds(60)
        while (try? await ask("GET", "/status")) == nil {
            guard ContinuousClock.now < limit else { throw Failure(description: "chromedriver does not answer") }
            try await Task.sleep(for: .milliseconds(100))
        }
        // The sandbox needs rights that containers do not give; the pages are our own.
        let options: [String: Any] = [
            "binary": Programs.find("chromium")!.path,
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"],
        ]
        let wanted: [String: Any] = ["goog:chromeOptions": options, "goog:loggingPrefs": ["browser": "ALL"]]
        let made = try await ask("POST", "/session", ["capabilities": ["alwaysMatch": wanted]])
        guard let id = (made as? [String: Any])?["sessionId"] as? String else {
            throw Failure(description: "no session")
        }
        session = "/session/\(id)"
    }

    /// Called once, after everything else.
    func close() async {
        _ = try? await ask("DELETE", session)
        end()
    }

    /// At once: chromedriver does not heed SIGTERM, and without a session it has nothing to clear up.
    private func end() {
        kill(driver.processIdentifier, SIGKILL)
        driver.waitUntilExit()
    }

    func open(_ url: String) async throws { _ = try await ask("POST", session + "/url", ["url": url]) }

    /// The value of a function's body. Promises are waited for.
    @discardableResult
    func run(_ script: String) async throws -> Any {
        try await ask("POST", session + "/execute/sync", ["script": script, "args": [String]()])
    }

    /// A command of the Chrome DevTools Protocol.
    @discardableResult
    func command(_ name: String, _ parameters: [String: Any] = [:]) async throws -> [String: Any] {
        let answer = try await ask("POST", session + "/goog/cdp/execute", ["cmd": name, "params": parameters])
        return answer as? [String: Any] ?? [:]
    }

    /// A screen of a size in CSS pixels, light or dark.
    func look(width: Int, height: Int, isDark: Bool) async throws {
        try await command(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": width < 600 ? 2 : 1, "mobile": width < 600])
        try await command(
            "Emulation.setEmulatedMedia",
            ["features": [["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]]])
    }

    /// Keeps a picture of the whole page, or of what the screen shows of it.
    func picture(_ name: String, isWhole: Bool = true) async throws {
        let answer = try await command("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": isWhole])
        guard let data = (answer["data"] as? String).flatMap({ Data(base64Encoded: $0) }) else {
            throw Failure(description: "no picture")
        }
        try FileManager.default.createDirectory(at: Self.pictures, withIntermediateDirectories: true)
        try data.write(to: Self.pictures.appending(path: "\(name).png"))
    }

    /// What pages have written to the console since the last call, errors of loading included.
    func console() async throws -> [String] {
        let entries = try await ask("POST", session + "/se/log", ["type": "browser"]) as? [[String: Any]] ?? []
        return entries.map { "\($0["level"] ?? ""): \($0["message"] ?? "")" }
    }

    /// Waits for an expression to be true.
    func wait(_ script: String) async throws -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if try await run("return " + script) as? Bool == true { return true }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    /// One request a connection. (Foundation's client refuses the header of chromedriver's answers.)
    private func ask(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> Any {
        let content = try body.map { try JSONSerialization.data(withJSONObject: $0) } ?? Data()
        let connection = try RawConnection(port: port, receiveTimeout: .seconds(120))
        connection.send(
            "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(content.count)\r\nConnection: close\r\n\r\n")
        connection.send(content)
        var bytes: [UInt8] = []
        var answer: [String: Any]?
        while answer == nil, let more = connection.receive() {
            bytes += more
            // Whole once it is JSON: chromedriver need not close the connection.
            guard bytes.last == UInt8(ascii: "}"), let start = bytes.firstIndex(of: UInt8(ascii: "{")) else { continue }
            answer = try? JSONSerialization.jsonObject(with: Data(bytes[start...])) as? [String: Any]
        }
        guard let value = answer?["value"] else { throw Failure(description: "no answer to \(method) \(path)") }
        if let error = value as? [String: Any], let message = error["message"] as? String, error["error"] != nil {
            throw Failure(description: message)
        }
        return value
    }
}
