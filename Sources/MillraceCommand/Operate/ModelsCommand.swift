import CommandLine
import Foundation
import Millrace
import MillraceWorker

enum ModelsCommand {
    static let command = Command(
        name: "models", summary: "List versions with their verdicts, or explain one down to its offsets",
        arguments: [Argument("version", .text, required: false, "A version's number, 'champion' or 'previous'")],
        options: PipelineChoice.options + [
            .value("last", .integer(1...Int.max), valueName: "n", default: "20", "The newest so many"), .json,
        ],
        examples: [
            .init("millrace models", "The newest twenty versions"),
            .init("millrace models champion", "What is in force, what it learned from, and why it was promoted"),
            .init("millrace models 7 --json", "Everything about version 7, lineage included"),
        ],
        exitCodes: .broker + [.init(.failure, "There is no such version")],
        run: action { arguments in
            let view = try PipelineChoice.connect(arguments).view([.models, .releases]).view
            let versions = view.versions
            if let name = arguments.textIfGiven("version") {
                guard let number = try number(name, view), let version = versions.first(where: { $0.version == number })
                else {
                    throw CommandFailure(missing(name, versions.map(\.version)))
                }
                if arguments.flag("json") {
                    arguments.console.print(try CodableText.pretty(version))
                } else {
                    VersionPage(version: version).write(on: arguments.console)
                }
                return .success
            }
            let shown = Array(versions.prefix(arguments.integer("last")))
            if arguments.flag("json") {
                arguments.console.print(try CodableText.pretty(shown))
                return .success
            }
            guard !shown.isEmpty else {
                arguments.console.note("No versions yet. 'millrace runs' lists what was tried.")
                return .success
            }
            let metric = shown[0].verdict.gate?.metric ?? ""
            var table = Table([
                "VERSION", "STATUS", "TRAINED-ON", metric.isEmpty ? "METRIC" : metric.uppercased(), "CHAMPION",
                "DIFFERENCE",
                "RUN", "WHY",
            ])
            for version in shown {
                let gate = version.verdict.gate
                table.add(
                    .init(String(version.version)), .init(version.status, emphasis(version.status)),
                    .init("\(version.training)"),
                    .init(gate.flatMap { $0.challenger[$0.metric] }.map { Human.fixed($0, places: 4) } ?? "-"),
                    .init(gate.flatMap { $0.champion?[$0.metric] }.map { Human.fixed($0, places: 4) } ?? "-"),
                    .init(gate?.difference.map { Human.fixed($0, places: 4) } ?? "-"), .init(version.run),
                    .init(version.verdict.reasons.map(\.code).joined(separator: ", ")))
            }
            arguments.console.print(table)
            return .success
        })

    /// What there is instead of the version that was named.
    private static func missing(_ name: String, _ versions: [Int]) -> String {
        guard let first = versions.min(), let last = versions.max() else {
            return "There is no version '\(name)': none has been trained yet. 'millrace runs' lists what was tried."
        }
        let known = first == last ? "only version \(first)" : "versions \(first) to \(last)"
        return "There is no version '\(name)', but \(known). 'millrace models' lists them."
    }

    static func number(_ name: String, _ view: PipelineView) throws(UsageError) -> Int? {
        switch name {
        case "champion": return view.publish.champion
        case "previous": return view.publish.previous
        default:
            guard let number = Int(name) else {
                throw UsageError(
                    .invalidValue, "Expected a version's number, 'champion' or 'previous', found '\(name)'.",
                    advice: "'millrace models' lists versions.")
            }
            return number
        }
    }

    static func emphasis(_ status: String) -> Emphasis {
        switch status {
        case "champion": .good
        case "awaiting-approval", "inconclusive": .attention
        case "rolled-back": .bad
        default: .none
        }
    }
}

/// All about one version, for people.
struct VersionPage {
    let version: VersionSummary

    func write(on console: Console) {
        func line(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            console.print("  " + name + String(repeating: " ", count: max(1, 20 - name.count)) + text)
        }
        let verdict = version.verdict
        let lineage = verdict.model.lineage
        let status = console.style.apply(ModelsCommand.emphasis(version.status), to: version.status)
        console.print("version \(console.style.bold(String(version.version))): \(status)")
        line("run", version.run)
        line("decided", version.decided.map { "\($0)" })
        line("trained on", "\(version.training)")
        line("judged on", "\(version.holdout)")
        if let gate = verdict.gate {
            line(
                "rows",
                "\(Human.grouped(gate.rows)), \(Human.grouped(gate.positives)) positive, \(Human.grouped(gate.excludedRows)) excluded"
            )
            for (name, value) in gate.challenger.sorted(by: { $0.key < $1.key }) {
                let champion = gate.champion?[name].map { ", champion \(Human.fixed($0, places: 4))" } ?? ""
                line(name, Human.fixed(value, places: 4) + champion)
            }
            if let difference = gate.difference {
                let interval = gate.interval.map {
                    " (\(Human.fixed($0.lower, places: 4)) … \(Human.fixed($0.upper, places: 4)))"
                }
                line("difference", Human.fixed(difference, places: 4) + (interval ?? "") + ", margin \(gate.margin)")
            }
        }
        for reason in verdict.reasons { line("why", "\(reason.code): \(reason.message)") }
        line("requester", verdict.requester)
        line("threshold", verdict.threshold.map { "\($0)" })
        line("registry", verdict.registryPath)
        line("trigger", lineage.trigger.words)
        line("as of", "\(lineage.asOf)")
        line("features", verdict.model.featureHash)
        line("configuration", lineage.configurationHash)
        for (partition, offset) in lineage.offsets.sorted(by: { $0.key < $1.key }) {
            line("offsets", "\(partition) below \(offset)")
        }
        line(
            "made with",
            lineage.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        for file in verdict.model.files { line("file", "\(file.path) (sha256 \(file.sha256.prefix(16))…)") }
        for file in verdict.report { line("report", file.path) }
    }
}
