import Foundation
import Millrace
import Testing

/// Messages as a worker would have sent them, topic by topic, and a folder for the file.
final class StagedLog {
    let folder = FileManager.default.temporaryDirectory.appending(path: "history-\(UUID().uuidString)")
    private(set) var records: [Arrow: [ControlRecord]] = [:]
    private var clock = Timestamp(rfc3339: "2026-03-01T00:00:00Z")!

    var file: String { folder.appending(path: "h.sqlite").path }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    /// All of it, one topic after the other.
    var all: [ControlRecord] { [Arrow.slices, .datasets, .models, .releases].flatMap { records[$0] ?? [] } }

    func say(_ payload: some Payload, to arrow: Arrow, copies: Int = 1) throws {
        clock = clock + .seconds(1)
        let record = try MessageCodec.encode(payload, pipeline: "p", from: "/test", to: arrow, time: clock)
        let message = try MessageCodec.decode(headers: record.headers, value: record.value)
        for _ in 0..<copies {
            // A transaction's marker takes an offset too.
            let offset = (records[arrow]?.last?.offset ?? -2) + 2
            records[arrow, default: []].append(
                ControlRecord(arrow: arrow, offset: offset, timestampMilliseconds: nil, message: message))
        }
    }

    static func day(_ index: Int) -> Window {
        let start = Timestamp(rfc3339: "2018-04-01T00:00:00Z")! + .seconds(86_400 * index)
        return Window(start: start, end: start + .seconds(86_400))
    }

    private static let trigger = RunTrigger(
        kind: .request, text: "it's \"new\"\0\n", requests: [RequestID(source: "/a", id: "1")], requester: "ada")

    private static func plan(_ index: Int) -> RunPlan {
        RunPlan(
            asOf: day(index).end, maturedThrough: day(index).start, training: day(index), gap: day(index + 1),
            holdout: day(index + 2), trainingLabelsKnownAt: day(index).end, holdoutLabelsKnownAt: day(index + 3).end,
            trainingRows: 1, holdoutRows: 1, estimatedBytes: 1)
    }

    static func name(_ index: Int) -> String {
        "run-" + String(repeating: "0", count: 6 - "\(index)".count) + "\(index)"
    }

    /// A run to its verdict; each index meets another fate.
    func run(_ index: Int) throws {
        let (run, plan, trigger) = (Self.name(index), Self.plan(index), Self.trigger)
        if index % 7 == 6 {
            let refusal = RunRefusal(.noData, "none yet")
            return try say(
                RunRefused(run: run, trigger: trigger, asOf: nil, refusal: refusal, state: TriggerState()), to: .models)
        }
        if index % 7 == 5 {
            return try say(
                RunMerged(run: run, trigger: trigger, into: Self.name(0), reason: "same", state: TriggerState()),
                to: .models)
        }
        if index % 2 == 0 {
            try say(RunQueued(run: run, trigger: trigger, behind: "x", state: TriggerState()), to: .models)
        }
        for attempt in 1...(index % 3 + 1) {
            try say(
                RunStarted(
                    run: run, trigger: trigger, plan: plan, configurationHash: "c", featureHash: "f", attempt: attempt,
                    failures: 0, state: TriggerState()), to: .models)
        }
        if index % 7 == 4 {
            return try say(
                RunFailed(run: run, attempts: 3, code: "memory", message: "full", state: TriggerState()), to: .models)
        }
        let lineage = Lineage(
            pipeline: "p", configurationHash: "c", featureHash: "f", asOf: plan.asOf, offsets: [:], trigger: trigger,
            versions: [:], parameters: [:])
        try say(
            ModelTrained(
                run: run, trigger: trigger, plan: plan, isDryRun: false, folder: "r", files: [], featureHash: "f",
                training: .init(rows: 10, positives: 2), holdout: .init(rows: 5, positives: 1),
                metrics: ["average_precision": 0.25], rounds: 3, lineage: lineage, milliseconds: 12), to: .models,
            copies: 2)
        let gate = GateNumbers(
            holdout: plan.holdout, labelsKnownAt: plan.asOf, rows: 5, positives: 1, excludedRows: 0,
            metric: "average_precision", margin: 0.02, floor: nil, challenger: ["average_precision": 0.5],
            champion: index == 0 ? nil : ["average_precision": 0.25], difference: nil,
            interval: .init(lower: -0.1, upper: 0.3))
        let verdict = Verdict(
            version: index + 1, run: run, championBefore: nil, champion: index + 1, previous: nil,
            model: VersionModel(folder: "r", files: [], featureHash: "f", plan: plan, lineage: lineage), gate: gate,
            reasons: [ReleaseReason("better", "it is")], threshold: 0.5, report: [], registryPath: "v", watermark: nil,
            inputs: PublishInputs())
        switch index % 4 {
        case 0: try say(ModelPublished(verdict), to: .releases)
        case 1: try say(ModelRejected(verdict), to: .releases, copies: 2)
        case 2: try say(ModelInconclusive(verdict), to: .releases)
        default: break
        }
    }

    func window(_ index: Int, partitions: Int = 2) throws {
        let window = Self.day(index)
        let file = FileReference(path: "a", bytes: 1, sha256: "0")
        for partition in 0..<partitions {
            try say(
                SliceSealed(
                    kind: .events, topic: "t", partition: partition, partitionCount: partitions, sequence: index,
                    sealedThrough: window.end, watermark: window.end,
                    slices: [.init(window: window, rows: 10 + partition, file: file)], firstOffset: 0, nextOffset: 9,
                    late: 1, duplicates: 0, dead: 0, moved: 0, idle: nil,
                    replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil),
                    ledger: file), to: .slices, copies: 1 + index % 2)
        }
        try say(
            LabelsArrived(
                window: window, file: nil, labels: 4, positives: 1, negatives: 3, withdrawn: 0, changed: 0,
                unmatched: 0, matchRate: 0.5, maturedThrough: nil, lastKnown: nil, isSilent: false), to: .datasets)
        if index % 5 == 3 {
            try say(
                DatasetQuarantined(
                    window: window, featureHash: "f", rows: 21, violations: [.init(rule: "r", message: "m")]),
                to: .datasets)
        }
        try say(
            DatasetReady(
                window: window, featureHash: "f", rows: 20, features: [], folder: "d", files: [], isCold: index == 0,
                isSkipped: index % 5 == 3, offsets: [:], slices: [], state: nil, slicesRewindOffset: 0), to: .datasets)
    }

    func held() throws {
        try say(
            PromotionHeld(
                request: RequestID(source: "/a", id: "9"), requester: "ada", reason: "freeze", inputs: PublishInputs()),
            to: .releases)
    }
}
