import Foundation
import Millrace
import MillraceWorker
import TestSupport
import Testing

/// `millrace alerts`: what the topic says, and what a worker finds.
@Suite struct AlertsTests {
    private struct Listed: Decodable, Equatable {
        var alert, subject, severity, summary, description, next, observer: String
        var since, fired: Timestamp
        var resolved: Timestamp?
    }

    private static func fired(_ rule: AlertRule, _ subject: String, minute: Int) -> AlertFired {
        let time = Timestamp(rfc3339: "2026-01-01T00:00:00Z")! + .seconds(minute * 60)
        return AlertFired(
            alert: rule.rawValue, subject: subject, number: 1, severity: rule.severity, since: time - .seconds(60),
            time: time, summary: "cards: \(rule.rawValue)", description: "So it is.", next: "millrace status",
            observer: "0")
    }

    private struct Answer: Decodable {
        var isObserved: Bool
        var observed: Timestamp?
        var observer: String?
        var alerts: [Listed]
    }

    private func list(_ stage: StagedPipeline, _ options: String...) throws -> [Listed] {
        try answer(stage, options).alerts
    }

    private func answer(_ stage: StagedPipeline, _ options: [String] = []) throws -> Answer {
        let run = try ProgramRun.run(
            ["alerts", "--json", "--brokers", stage.broker.brokers] + options, in: stage.folder.url)
        let decoder = JSONDecoder()
        return try decoder.decode(Answer.self, from: Data(run.output.utf8))
    }

    @Test func whatFiresIsListedAndMakesTheExitCodeOne() throws {
        let stage = try StagedPipeline()
        try stage.say(AlertObserved(time: .now, observer: "0"), to: .alerts, from: .observe)
        let quiet = try stage.command("alerts")
        #expect(quiet.code == 0 && quiet.output == "No alert fires.\n")
        #expect(try list(stage, "--all").isEmpty)

        let (lag, disk) = (
            Self.fired(.lagGrowing, "ingest", minute: 5), Self.fired(.diskFilling, "0/pipeline", minute: 3)
        )
        for each in [lag, disk, lag] { try stage.say(each, to: .alerts, from: .observe) }
        // Whatever else somebody writes there.
        try stage.say(HoldRequested(requester: "x", reason: "y"), to: .alerts)
        let firing = try stage.command("alerts")
        #expect(firing.code == 1)
        let lines = firing.output.split(separator: "\n")
        #expect(lines.count == 5)
        #expect(lines[0].split(separator: " ") == ["ALERT", "SEVERITY", "ABOUT", "SINCE", "OVER", "NEXT"])
        #expect(lines[1].hasPrefix("MillraceDiskFilling  critical") && lines[1].contains("0/pipeline"))
        #expect(lines[2].hasPrefix("MillraceLagGrowing") && lines[2].contains("2026-01-01T00:04:00Z"))
        #expect(lines[3] == "cards: MillraceDiskFilling: So it is.")

        let over = lag.time + .seconds(600)
        try stage.say(AlertResolved(lag, time: over, observer: "0"), to: .alerts, from: .observe)
        #expect(try list(stage).map(\.alert) == ["MillraceDiskFilling"])
        let all = try list(stage, "--all")
        #expect(all.map(\.alert) == ["MillraceDiskFilling", "MillraceLagGrowing"])
        #expect(all[0].resolved == nil && all[1].resolved == over)
        #expect(all[1].subject == "ingest" && all[1].severity == "warning" && all[1].since == lag.since)
        try stage.say(AlertResolved(disk, time: over, observer: "0"), to: .alerts, from: .observe)
        #expect(try stage.command("alerts").code == 0)
    }

    @Test func thatNobodyLooksIsNoHealth() throws {
        let stage = try StagedPipeline()
        let never = try stage.command("alerts")
        #expect(never.code == 1 && never.output.hasPrefix("Nobody has observed yet: what is wrong is not known."))
        let unknown = try answer(stage)
        #expect(!unknown.isObserved && unknown.observed == nil && unknown.alerts.isEmpty)

        let time = Timestamp.now - .seconds(660)
        try stage.say(AlertObserved(time: time, observer: "a"), to: .alerts, from: .observe)
        let late = try stage.command("alerts")
        #expect(late.code == 1 && late.output.hasPrefix("Nobody has observed since \(time) (instance a): "))
        // What fired before is told beside it.
        try stage.say(Self.fired(.diskFilling, "0/pipeline", minute: 3), to: .alerts, from: .observe)
        let firing = try stage.command("alerts")
        #expect(firing.code == 1 && firing.output.contains("MillraceDiskFilling  critical"))
        #expect(firing.output.contains("Nobody has observed since \(time)"))

        // A worker that looks says so at its first look.
        try stage.folder.write(
            try stage.folder.read("pipeline.yaml") + "\nobserve: { interval: 500ms }\n", to: "pipeline.yaml")
        let worker = try StartedProgram(
            ["run", "--no-http", "--roles", "observe", "--instance", "b", "--brokers", stage.broker.brokers],
            in: stage.folder.url)
        let end = ContinuousClock.now + .seconds(60)
        while try !answer(stage).isObserved {
            try #require(worker.isRunning && ContinuousClock.now < end, "\(worker.errorText)")
            Thread.sleep(forTimeInterval: 0.3)
        }
        #expect(try answer(stage).observer == "b")
        worker.signal(SIGTERM)
        #expect(try worker.wait().code == 0)
    }

    /// A small disk that only the worker sees: without the right to make one this is skipped.
    private static func onSmallDisk(_ folder: String) -> [String] {
        [
            "unshare", "--map-root-user", "--mount", "sh", "-c",
            "mount -t tmpfs -o size=16m millrace '\(folder)' && exec \"$0\" \"$@\"",
        ]
    }

    private static let canMount: Bool = {
        guard let unshare = Programs.find("unshare"), let folder = try? TemporaryFolder() else { return false }
        let process = Process()
        process.executableURL = unshare
        process.arguments = onSmallDisk(folder.url.path).dropFirst() + ["true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test(.enabled(if: canMount, "this user may not mount a disk of its own"))
    func aDiskThatFillsIsAnAlertUntilThereIsRoomAgain() throws {
        let stage = try StagedPipeline()
        try stage.folder.write(
            try stage.folder.read("pipeline.yaml") + "\nobserve: { interval: 500ms }\nalerts: { patience: 0.005 }\n",
            to: "pipeline.yaml")
        let disk = stage.folder.file("millrace/cards")
        let worker = try StartedProgram(
            ["run", "--no-http", "--roles", "observe", "--brokers", stage.broker.brokers], in: stage.folder.url,
            by: Self.onSmallDisk(disk))
        func eventually(_ isTrue: () throws -> Bool) throws {
            let end = ContinuousClock.now + .seconds(120)
            while try !isTrue() {
                try #require(worker.isRunning, "the worker ended: \(worker.errorText)")
                try #require(ContinuousClock.now < end, "not in time. \(worker.errorText)")
                Thread.sleep(forTimeInterval: 0.3)
            }
        }
        func found() throws -> Listed? {
            try list(stage, "--all").first { $0.alert == "MillraceDiskFilling" && $0.subject == "0/pipeline" }
        }
        // The worker's disk, seen from here.
        let fill = URL(filePath: "/proc/\(worker.id)/root\(disk)/fill")
        try eventually { FileManager.default.fileExists(atPath: fill.deletingLastPathComponent().path + "/status") }
        try Data(count: 15 << 20).write(to: fill)
        try eventually { try found() != nil }
        #expect(try found()?.resolved == nil)
        try FileManager.default.removeItem(at: fill)
        try eventually { try found()?.resolved != nil }
        worker.signal(SIGTERM)
        #expect(try worker.wait().code == 0)
    }
}
