import Foundation
import Millrace
import Testing

@Suite struct AlertRuleTests {
    /// What the rules for Prometheus say of an alert.
    private struct Declared: Equatable {
        var span: Duration?
        var severity: AlertRule.Severity?
    }

    @Test func `Names, spans and severities are those of the rules for Prometheus`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "deploy/prometheus/millrace.rules.yml"), encoding: .utf8)
        var rules: [String: Declared] = [:]
        var name = ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.starts(with: ["-", "alert:"]) {
                name = words[2]
                rules[name] = Declared()
            } else if words.first == "for:" {
                let amount = Int(words[1].dropLast()) ?? 0
                rules[name]?.span = .seconds(amount * (["s": 1, "m": 60, "h": 3600][words[1].suffix(1)] ?? 0))
            } else if words.first == "labels:" {
                rules[name]?.severity = words.lazy.compactMap { AlertRule.Severity(rawValue: $0) }.first
            }
        }
        #expect(rules.removeValue(forKey: "MillraceDown") != nil)
        let ours = AlertRule.allCases.map { ($0.rawValue, Declared(span: $0.span, severity: $0.severity)) }
        #expect(rules == Dictionary(uniqueKeysWithValues: ours))
    }
}
