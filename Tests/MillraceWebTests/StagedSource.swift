import Foundation
import Millrace
import Synchronization

@testable import MillraceWeb

/// A pipeline as pages see it, made of the messages that a test wants.
final class StagedSource: PipelineSource {
    let isObserving: Bool
    private let state: Mutex<(snapshot: PipelineSnapshot?, sent: [OperatorRequest])>
    private let letters: [DeadLetter]

    private let failure: String?

    init(
        _ snapshot: PipelineSnapshot?, letters: [DeadLetter] = [], isObserving: Bool = true, failure: String? = nil
    ) {
        self.failure = failure
        state = Mutex((snapshot, []))
        self.letters = letters
        self.isObserving = isObserving
    }

    var snapshot: PipelineSnapshot? { state.withLock { $0.snapshot } }
    var sent: [OperatorRequest] { state.withLock { $0.sent } }
    var minimumMatch: Double? { 0.9 }
    var windows: WindowSettings { WindowSettings() }
    var folders: [(name: String, path: String)] { [("pipeline", "/")] }
    var process: ProcessFacts {
        ProcessFacts(
            pipeline: "cards", version: "1.2.3", instance: "0", started: moment("2026-01-01"),
            roles: [
                .init(role: .ingest, condition: "idle", detail: "", received: 0, failures: 0),
                .init(
                    role: .train, condition: failure == nil ? "working" : "failing", detail: failure ?? "training",
                    received: 7, failures: 1),
            ], ingest: .init(records: 100, bytes: 2000, budgetBytes: 64 << 20, paused: nil), droppedSpans: 3)
    }

    func show(_ snapshot: PipelineSnapshot) { state.withLock { $0.snapshot = snapshot } }
    func deadLetters() throws -> [DeadLetter] { letters }
    func file(_ reference: FileReference) throws -> [UInt8] { Array("<h1>report</h1>".utf8) }
    func send(_ request: OperatorRequest) throws -> RequestID {
        state.withLock { $0.sent.append(request) }
        return RequestID(source: "/tests", id: "1")
    }
}

func moment(_ text: String) -> Timestamp { Timestamp(rfc3339: text.count == 10 ? text + "T00:00:00Z" : text)! }
func day(_ index: Int) -> Window {
    let start = moment("2018-04-01") + .seconds(index * 86_400)
    return Window(start: start, end: start + .seconds(86_400))
}

/// Something that must never reach a page as it is.
let hostile = "<script>alert('x')</script>\"&"

enum Stage {
    static func verdict(_ number: Int, champion: Int?, before: Int?) -> Verdict {
        let trigger = RunTrigger(
            kind: number.isMultiple(of: 10) ? .request : .every, text: number.isMultiple(of: 10) ? hostile : "every 1d",
            requester: number.isMultiple(of: 10) ? "Ada" : nil)
        let plan = RunPlan(
            asOf: day(number).end, maturedThrough: day(number).end, training: day(number), gap: day(number),
            holdout: day(number), trainingLabelsKnownAt: day(number).end, holdoutLabelsKnownAt: day(number).end,
            trainingRows: 1000, holdoutRows: 500, estimatedBytes: 1)
        let quality = 0.5 + 0.2 * sin(Double(number) / 7)
        return Verdict(
            version: number, run: name(number), championBefore: before, champion: champion, previous: before,
            model: VersionModel(
                folder: "runs/\(number)", files: [], featureHash: "f", plan: plan,
                lineage: Lineage(
                    pipeline: "cards", configurationHash: "c", featureHash: "f", asOf: day(number).end, offsets: [:],
                    trigger: trigger, versions: [:], parameters: [:])),
            gate: GateNumbers(
                holdout: day(number), labelsKnownAt: day(number).end, rows: 500, positives: 20, excludedRows: 0,
                metric: "average_precision", margin: 0.02, floor: nil, challenger: ["average_precision": quality],
                champion: before == nil ? nil : ["average_precision": 0.5 + 0.05 * cos(Double(number) / 5)],
                difference: quality - 0.5, interval: nil),
            reasons: [ReleaseReason("metric", "average_precision \(quality) of \(hostile)")], threshold: 0.9,
            report: [FileReference(path: "runs/\(number)/report.html", bytes: 1, sha256: "0")],
            registryPath: "cards/\(number)", watermark: day(number).end, inputs: PublishInputs())
    }

    static func name(_ number: Int) -> String {
        let digits = String(number)
        return "run-" + String(repeating: "0", count: 6 - digits.count) + digits
    }

    static func view(runs: Int) throws -> PipelineView {
        var view = PipelineView()
        var champion: Int?
        for number in 1...max(1, runs) where runs > 0 {
            let isBetter = number % 9 == 1
            let payload = verdict(number, champion: isBetter ? number : champion, before: champion)
            let time = moment("2026-01-01") + .seconds(number * 600)
            func fold(_ record: OutgoingRecord, of arrow: Arrow = .releases) throws {
                view.fold(
                    ControlRecord(
                        arrow: arrow, offset: Int64(number), timestampMilliseconds: time.microseconds / 1000,
                        message: try MessageCodec.decode(headers: record.headers, value: record.value)))
            }
            let labels = LabelsArrived(
                window: day(number), file: nil, labels: 20, positives: 5, negatives: 15, withdrawn: 0, changed: 0,
                unmatched: 1, matchRate: 0.97, maturedThrough: day(number).end, lastKnown: day(number).end,
                isSilent: false)
            try fold(
                try MessageCodec.encode(labels, pipeline: "cards", from: "/t", to: .datasets), of: .datasets)
            if isBetter {
                champion = number
                try fold(try MessageCodec.encode(ModelPublished(payload), pipeline: "cards", from: "/p", to: .releases))
            } else {
                try fold(try MessageCodec.encode(ModelRejected(payload), pipeline: "cards", from: "/p", to: .releases))
            }
        }
        return view
    }

    /// A feature of every verdict.
    static let drift: DriftReport = {
        func profile(_ change: Double) -> Profile {
            var features: [String: Any] = [
                "rare": ["count": 3, "missing": 0, "minimum": 0, "maximum": 1, "mean": 0.5, "quantiles": []]
            ]
            for (index, name) in [hostile, "amount", "night", "terminal_risk"].enumerated() {
                let shift = change * Double(index)
                features[name] = [
                    "count": 1000, "missing": index, "minimum": shift, "maximum": 8 + shift, "mean": 4 + shift,
                    "quantiles": (1...7).map { Double($0) + shift },
                ]
            }
            let value: [String: Any] = ["rows": 1000, "numbers": [:], "texts": [:], "features": features]
            let data = try! JSONSerialization.data(withJSONObject: value)
            return try! JSONDecoder().decode(Profile.self, from: data)
        }
        return DriftReport(
            version: 28, then: Window(start: day(10).start, end: day(40).end),
            now: Window(start: day(70).start, end: day(100).end), before: [profile(0)], after: [profile(0.3)],
            names: [hostile, "amount", "night", "terminal_risk", "rare"])
    }()

    static func group(_ role: Role, partitions: Int, lag: Int64) -> GroupObservation {
        GroupObservation(
            group: role.group(of: "cards"), role: role, state: "Stable", members: 1,
            partitions: (0..<partitions).map { index in
                let isBehind = lag > 0 && index.isMultiple(of: 3)
                return PartitionObservation(
                    topic: "transactions", partition: Int32(index),
                    committed: index == 1 ? nil : 1000 - (isBehind ? lag : 0),
                    low: 10, end: 1000, lag: isBehind ? lag : 0,
                    age: isBehind ? LagAge(seconds: 90, source: .record) : .zero, produced: 120.5, consumed: 100,
                    lagChange: 1, trend: .growing, catchUp: isBehind ? .never : .done,
                    owner: .init(consumerID: "c", host: "/127.0.0.1", clientID: "m"),
                    burrow: isBehind ? .stall : .ok,
                    verdict: isBehind
                        ? LagVerdict(.stalled, "its offset has stood still \(hostile)")
                        : LagVerdict(.ok, "everything is read"))
            })
    }

    static func snapshot(runs: Int = 30, partitions: Int = 4, lag: Int64 = 0) throws -> PipelineSnapshot {
        let groups = [
            group(.ingest, partitions: partitions, lag: lag), group(.transform, partitions: 1, lag: 0),
            group(.train, partitions: 1, lag: 0), group(.publish, partitions: 1, lag: 0),
        ]
        let freshness = Freshness(
            stages: Freshness.Stage.allCases.enumerated().map { index, stage in
                .init(
                    stage: stage, through: day(100 - index).end, behindSeconds: Double(index) * 86_400,
                    ageSeconds: 1e8, unchangedSeconds: 12)
            }, labels: [.init(fromSeconds: 0, toSeconds: 86_400, events: 100, labelled: 20)],
            lastLabel: day(99).end, maturedThrough: day(90).end, matchRate: 0.99)
        let observation = Observation(time: moment("2026-03-01"), sequence: 1, groups: groups, freshness: freshness)
        var series = LagSeries()
        for index in 0..<360 {
            var earlier = observation
            earlier.time = observation.time - .seconds((360 - index) * 10)
            earlier.groups[0].lag = Int64(abs(sin(Double(index) / 20)) * 5000)
            series.add(earlier)
        }
        series.add(observation)
        let status = PipelineStatus(
            pipeline: "cards", processes: ["instance 0"],
            stages: [
                .init(role: .ingest, condition: "idle", lag: 0, lagSeconds: 0, reached: "sealed through \(hostile)")
            ],
            champion: 1, freshness: freshness,
            problems: lag == 0
                ? []
                : [.init(.blocking, "ingest waits: \(hostile)", next: "millrace lag"), .init(.attention, "approve")])
        return PipelineSnapshot(
            observation: observation, series: series, view: try view(runs: runs), status: status, deadLetters: 2,
            drift: drift)
    }

    static let letters = (0..<3).map { index in
        DeadLetter(
            topic: "transactions", partition: 0, offset: Int64(index), timestampMilliseconds: 1_500_000_000_000,
            stage: .ingest, code: "bad-json", message: "expected an object, found \(hostile)", key: nil,
            value: Array("<img src=x onerror=alert(1)>\u{0}\\".utf8))
    }
}
