import Foundation
import TestSupport
import Testing
import YAML

@testable import MillraceWeb

/// `deploy/prometheus`: the rules, their own tests, and the page that explains them.
@Suite struct AlertRulesTests {
    struct Rule {
        var name: String
        var expression: String
        var severity: String
        var wait: String
        var runbook: String
    }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL
    static let folder = repository.appending(path: "deploy/prometheus")
    private let rules: [Rule]
    private let firing: Node
    private let quiet: String

    init() throws {
        func text(_ path: String) throws -> String {
            try String(contentsOf: Self.folder.appending(path: path), encoding: .utf8)
        }
        let groups = try #require(try YAMLDocument.parse(try text("millrace.rules.yml"))["groups"]?.sequence)
        rules = try groups.flatMap { try #require($0["rules"]?.sequence) }.map { node in
            Rule(
                name: try #require(node["alert"]?.scalar?.text), expression: try #require(node["expr"]?.scalar?.text),
                severity: try #require(node["labels"]?["severity"]?.scalar?.text),
                wait: try #require(node["for"]?.scalar?.text),
                runbook: try #require(node["annotations"]?["runbook_url"]?.scalar?.text))
        }
        firing = try YAMLDocument.parse(try text("tests/fires.test.yml"))
        quiet = try text("tests/quiet.test.yml")
    }

    @Test func everyMetricOfARuleAndOfItsTestsIsServed() throws {
        let series = try #require(firing["tests"]?.sequence).flatMap { $0["input_series"]?.sequence ?? [] }
            .compactMap { $0["series"]?.scalar?.text }
        let uses = (rules.map(\.expression) + series + [quiet]).flatMap(MetricUse.all)
        #expect(uses.count > 100)
        #expect(Set(uses.compactMap(\.trouble)) == [])
    }

    @Test func everyRuleHasATestInWhichItFiresAndIsQuietBeforeOrAfter() throws {
        var fired: Set<String> = []
        var silent: Set<String> = []
        for test in try #require(firing["tests"]?.sequence) {
            for each in test["alert_rule_test"]?.sequence ?? [] {
                let name = try #require(each["alertname"]?.scalar?.text)
                let alerts = try #require(each["exp_alerts"]?.sequence, "\(name)")
                if alerts.isEmpty { silent.insert(name) } else { fired.insert(name) }
            }
        }
        #expect(fired == Set(rules.map(\.name)))
        #expect(silent == Set(rules.map(\.name)))
    }

    @Test func everyMetricThatARuleAsksIsThereInTheTestsOfSilence() {
        let there = Set(MetricUse.all(in: quiet).map(\.name))
        #expect(Set(rules.flatMap { MetricUse.all(in: $0.expression) }.map(\.name)).subtracting(there) == [])
    }

    @Test func thePageSaysOfEveryRuleWhatTheFileSays() throws {
        let page = try String(
            contentsOf: Self.repository.appending(path: "docs/reference/alerts.md"), encoding: .utf8)
        let rows = page.matches(of: #/(?m)^\| \[([A-Za-z]+)\]\(#([a-z]+)\) \| ([a-z]+) \| .+ \| ([0-9]+) (min|h) \|$/#)
        let said = rows.map { "\($0.1) #\($0.2) \($0.3) \($0.4)\($0.5 == "min" ? "m" : "h")" }
        #expect(said == rules.map { "\($0.name) #\($0.name.lowercased()) \($0.severity) \($0.wait)" })
        let sections = page.matches(of: #/(?m)^## ([A-Za-z]+)\n\*\*Cause\.\*\* .+\n(?:.+\n)*\*\*Do\.\*\* /#)
        #expect(sections.map { String($0.1) } == rules.map(\.name))
        for rule in rules { #expect(rule.runbook == "docs/reference/alerts.md#\(rule.name.lowercased())") }
    }

    // promtool is part of Debian's package 'prometheus'; without it this is skipped.
    @Test(
        .enabled(if: Programs.find("promtool") != nil, "promtool is not installed"),
        arguments: [
            ["check", "rules", "millrace.rules.yml"], ["check", "config", "prometheus.yml"],
            ["test", "rules", "tests/fires.test.yml", "tests/quiet.test.yml"],
        ])
    func promtoolIsContent(_ arguments: [String]) throws {
        let process = Process()
        let output = Pipe()
        process.executableURL = Programs.find("promtool")
        process.arguments = arguments
        process.currentDirectoryURL = Self.folder
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
        #expect(said.contains("SUCCESS"))
    }
}
