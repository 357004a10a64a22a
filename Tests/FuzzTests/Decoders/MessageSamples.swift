import Millrace

/// A right message of every type.
enum MessageSamples {
    static let types: [any Payload.Type] = [
        SliceSealed.self, PartitionsChanged.self, DatasetReady.self, DatasetQuarantined.self, LabelsArrived.self,
        RetrainRequested.self, PromoteRequested.self, RollbackRequested.self, HoldRequested.self, ResumeRequested.self,
        QuarantineRelease.self, QuarantineSkip.self, RunStarted.self, RunProgress.self, RunFailed.self,
        RunRefused.self, RunQueued.self, RunMerged.self, ModelTrained.self, ModelPublished.self, ModelRejected.self,
        ModelInconclusive.self, ModelAwaitingApproval.self, ModelRolledBack.self, RequestRefused.self,
        PromotionHeld.self, PromotionResumed.self, AliasMoved.self,
    ]

    static let records: [[UInt8]] =
        (try? payloads.map { try MessageDecoders.bytes(of: record($0)) } + [Array(structured.utf8)]) ?? []

    static let letter = DeadLetter(
        topic: "transactions", partition: 3, offset: 17, timestampMilliseconds: 1_522_540_800_000, stage: .ingest,
        code: "bad-json", message: "expected an object", key: Array("k".utf8), value: Array("not json".utf8)
    ).record(pipeline: "p", payload: .full)

    private static func record<P: Payload>(_ payload: P) throws -> OutgoingRecord {
        try MessageCodec.encode(
            payload, pipeline: "p", from: "/pipelines/p/train", to: .models, subject: "s", correlationID: "run-1",
            causationID: "c", traceParent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            time: Timestamp(rfc3339: "2026-03-01T00:00:00Z"))
    }

    private static let structured = """
        content-type: application/cloudevents+json; charset=utf-8

        {"specversion":"1.0","id":"1","type":"dev.millrace.retrain.requested.v1","source":"/teams/risk",\
        "data":{"reason":"new merchant codes","requester":"ada","dryRun":true,"parameters":{"rounds":"10"},\
        "windows":{"training":{"start":"2018-05-01T00:00:00Z","end":"2018-05-08T00:00:00Z"}}}}
        """

    static func day(_ index: Int) -> Window {
        let start = Timestamp(rfc3339: "2018-04-01T00:00:00Z")! + .seconds(86_400 * index)
        return Window(start: start, end: start + .seconds(86_400))
    }

    private static let payloads: [any Payload] = {
        let window = day(0)
        let file = FileReference(
            path: "slices/t/0/a.slice", bytes: 100, sha256: String(repeating: "0f", count: 32))
        let trigger = RunTrigger(
            kind: .request, text: "it is time", moment: window.start, requests: [RequestID(source: "/a", id: "1")],
            requester: "ada")
        let plan = RunPlan(
            asOf: day(3).end, maturedThrough: day(2).start, training: window, gap: day(1), holdout: day(2),
            trainingLabelsKnownAt: day(2).start, holdoutLabelsKnownAt: day(3).end, excluded: [day(0)],
            trainingRows: 10, holdoutRows: 5, negativeShare: 0.5, estimatedBytes: 1000)
        let lineage = Lineage(
            pipeline: "p", configurationHash: "c", featureHash: "f", asOf: plan.asOf, offsets: ["t/0": 17],
            trigger: trigger, versions: ["xgboost": "1.7"], parameters: ["rounds": "3"])
        let state = TriggerState()
        let verdict = Verdict(
            version: 2, run: "run-1", championBefore: 1, champion: 2, previous: 1,
            model: VersionModel(folder: "runs/1", files: [file], featureHash: "f", plan: plan, lineage: lineage),
            gate: GateNumbers(
                holdout: plan.holdout, labelsKnownAt: plan.asOf, rows: 5, positives: 1, excludedRows: 0,
                metric: "average_precision", margin: 0.02, floor: 0.5, challenger: ["average_precision": 0.5],
                champion: ["average_precision": 0.25], difference: 0.25, interval: .init(lower: 0.1, upper: 0.3)),
            reasons: [ReleaseReason("better", "it is")], threshold: 0.5, report: [file], registryPath: "p/versions/2",
            watermark: plan.asOf, expires: day(9).end, request: RequestID(source: "/a", id: "1"), requester: "ada",
            inputs: PublishInputs())
        let request = RequestID(source: "/a", id: "2")
        return [
            SliceSealed(
                kind: .events, topic: "t", partition: 0, partitionCount: 4, sequence: 7, sealedThrough: window.end,
                watermark: window.end, slices: [.init(window: window, rows: 10, file: file)], firstOffset: 5,
                nextOffset: 17, late: 1, duplicates: 0, dead: 1, moved: 0, idle: .init(cause: "end", position: 17),
                continuesThrough: day(2).end,
                replay: .init(
                    rewindOffset: 3, snapshotOffset: 4, watermark: window.start, sealedThrough: window.start,
                    decidedBelow: 3), ledger: file),
            PartitionsChanged(topic: "t", oldCount: 2, newCount: 4, firstWindowStart: window.start),
            DatasetReady(
                window: window, featureHash: "f", rows: 10, features: ["a", "b"], folder: "datasets/f/w",
                files: [file], isCold: false, dropped: ["r": 1], warnings: [:], offsets: ["t/0": 17],
                slices: ["t/0/7"], state: file, slicesRewindOffset: 3),
            DatasetQuarantined(
                window: window, featureHash: "f", rows: 10, violations: [.init(rule: "r", message: "m")]),
            LabelsArrived(
                window: window, file: file, labels: 3, positives: 1, negatives: 2, withdrawn: 0, changed: 1,
                unmatched: 0, matchRate: 0.9, maturedThrough: window.start, lastKnown: window.end, isSilent: false,
                labelledByAge: [1, 2]),
            RetrainRequested(
                reason: "new codes", requester: "ada", windows: .init(training: day(30), holdout: day(45)),
                parameters: ["rounds": "10"], dryRun: true),
            PromoteRequested(version: 2, replaces: 1, requester: "ada", reason: "better", force: true),
            RollbackRequested(version: "previous", replaces: 2, requester: "ada", reason: "worse"),
            HoldRequested(requester: "ada", reason: "freeze"), ResumeRequested(requester: "ada", reason: "over"),
            QuarantineRelease(window: window, requester: "ada", reason: "looked at"),
            QuarantineSkip(window: window, requester: "ada", reason: "test data"),
            RunStarted(
                run: "run-1", trigger: trigger, plan: plan, configurationHash: "c", featureHash: "f", attempt: 1,
                failures: 0, state: state),
            RunProgress(run: "run-1", attempt: 1, stage: .training, completed: 3, total: 10, metrics: ["x": 0.5]),
            RunFailed(run: "run-1", attempts: 3, code: "memory", message: "full", state: state),
            RunRefused(
                run: "run-1", trigger: trigger, asOf: plan.asOf, refusal: RunRefusal(.noData, "none"), state: state),
            RunQueued(run: "run-1", trigger: trigger, behind: "run-0", state: state),
            RunMerged(run: "run-1", trigger: trigger, into: "run-0", reason: "same", state: state),
            ModelTrained(
                run: "run-1", trigger: trigger, plan: plan, isDryRun: false, folder: "runs/1", files: [file],
                featureHash: "f", training: .init(rows: 10, positives: 2), holdout: .init(rows: 5, positives: 1),
                metrics: ["average_precision": 0.25], rounds: 3, lineage: lineage, milliseconds: 12),
            ModelPublished(verdict), ModelRejected(verdict), ModelInconclusive(verdict),
            ModelAwaitingApproval(verdict), ModelRolledBack(verdict),
            RequestRefused(
                request: request, requester: "ada", requestType: PromoteRequested.type,
                reason: ReleaseReason("stale", "another champion"), champion: 2, inputs: PublishInputs()),
            PromotionHeld(request: request, requester: "ada", reason: "freeze", inputs: PublishInputs()),
            PromotionResumed(request: request, requester: "ada", reason: "over", inputs: PublishInputs()),
            AliasMoved(
                alias: "champion", version: 2, run: "run-1", release: "r", sequence: 2, registryPath: "p/versions/2"),
        ]
    }()

    /// A trigger machine that has read sixty days.
    static func trainer() throws -> TriggerMachine {
        let planner = RunPlanner(
            windowSize: .seconds(86_400), training: TrainingSettings(),
            labels: LabelSource(topics: ["l"], eventField: "id", reportedField: "at", valueField: "fraud"),
            featureHash: "f")
        var machine = TriggerMachine(
            TriggerSettings(
                pipeline: "p", triggers: [.every(.seconds(86_400 * 400), from: nil)], planner: planner,
                configurationHash: "c", schedules: [:]))
        for index in 0..<60 {
            let window = day(index)
            machine.handle(
                LabelsArrived(
                    window: window, file: nil, labels: 80, positives: 80, negatives: 0, withdrawn: 0, changed: 0,
                    unmatched: 0, matchRate: 1, maturedThrough: window.end - .seconds(7 * 86_400),
                    lastKnown: window.end, isSilent: false), offset: Int64(index) * 2)
            _ = machine.handle(
                DatasetReady(
                    window: window, featureHash: "f", rows: 10_000, features: ["a"], folder: "d", files: [],
                    isCold: false, offsets: ["t/0": Int64(index)], slices: [], state: nil, slicesRewindOffset: 0),
                offset: Int64(index) * 2 + 1)
        }
        return machine
    }
}
