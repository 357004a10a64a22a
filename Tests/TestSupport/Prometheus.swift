import Foundation

/// A real Prometheus on loopback that scrapes one port every second. It is Debian's package `prometheus`: tests that need
/// it are enabled by `isAvailable`.
public final class Prometheus: Sendable {
    public static var isAvailable: Bool { Programs.find("prometheus") != nil }

    private let process: Running
    private let folder: URL
    private let port: Int

    /// - Parameters:
    ///   - token: that the port asks for.
    ///   - rules: the text of a file of alerting rules, which are evaluated every second.
    public init(scraping target: Int, token: String? = nil, rules: String? = nil) throws {
        guard let program = Programs.find("prometheus") else { throw POSIXError(.ENOENT) }
        folder = FileManager.default.temporaryDirectory.appending(path: "millrace-prometheus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let rules { try Data(rules.utf8).write(to: folder.appending(path: "rules.yml")) }
        let configuration = """
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [\(rules == nil ? "" : "rules.yml")]
            scrape_configs:
              - job_name: millrace
                \(token.map { "authorization: { credentials: \($0) }" } ?? "")
                static_configs: [{ targets: ["127.0.0.1:\(target)"] }]
            """
        try Data(configuration.utf8).write(to: folder.appending(path: "prometheus.yml"))
        port = try FreePorts.find(1)[0]
        process = try Running(
            program,
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--log.level=error",
            ], log: nil)
    }

    deinit { stop() }

    public func stop() {
        process.end(signal: SIGTERM)
        try? FileManager.default.removeItem(at: folder)
    }

    /// The answer to an instant query, as it comes; empty as long as nobody answers.
    public func query(_ text: String) -> String {
        ask("query?query=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text)")
    }

    /// The labels of the alerts that fire; nil as long as nobody answers.
    public func firing() -> [[String: String]]? {
        struct Answer: Decodable {
            struct Alerts: Decodable { var alerts: [Alert] }
            struct Alert: Decodable {
                var labels: [String: String]
                var state: String
            }
            var data: Alerts
        }
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(ask("alerts").utf8))
        return answer?.data.alerts.filter { $0.state == "firing" }.map(\.labels)
    }

    private func ask(_ question: String) -> String {
        guard let connection = try? RawConnection(port: port) else { return "" }
        connection.send("GET /api/v1/\(question) HTTP/1.0\r\nHost: localhost\r\n\r\n")
        let answer = connection.receiveAll()
        return answer.firstRange(of: "\r\n\r\n").map { String(answer[$0.upperBound...]) } ?? ""
    }
}
