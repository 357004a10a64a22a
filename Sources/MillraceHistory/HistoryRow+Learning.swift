import Millrace
import SQLite

extension HistoryRow {
    static func ofModels(_ record: ControlRecord) throws(MessageError) -> [HistoryRow] {
        let (message, time) = (record.message, record.time)
        switch message.envelope.type {
        case RunStarted.type:
            let started = try message.payload(RunStarted.self)
            var row = run(started.run, .running, started.trigger, record)
            row.add([
                "as_of": started.plan.asOf, "training_start": started.plan.training.start,
                "training_end": started.plan.training.end, "holdout_start": started.plan.holdout.start,
                "holdout_end": started.plan.holdout.end, "attempt": started.attempt, "started": time,
            ])
            return [row]
        case ModelTrained.type:
            let trained = try message.payload(ModelTrained.self)
            var row = run(trained.run, .trained, trained.trigger, record)
            row.add([
                "training_rows": trained.training.rows, "training_positives": trained.training.positives,
                "holdout_positives": trained.holdout.positives, "milliseconds": trained.milliseconds,
                "metrics": json(trained.metrics),
            ])
            return [row]
        case RunQueued.type:
            let queued = try message.payload(RunQueued.self)
            return [run(queued.run, .queued, queued.trigger, record)]
        case RunMerged.type:
            let merged = try message.payload(RunMerged.self)
            var row = run(merged.run, .merged, merged.trigger, record)
            row.add([
                "into_run": merged.into, "reasons": json([ReleaseReason("merged", merged.reason)]), "ended": time,
            ])
            return [row]
        case RunRefused.type:
            let refused = try message.payload(RunRefused.self)
            var row = run(refused.run, .refused, refused.trigger, record)
            let reason = ReleaseReason(refused.refusal.code.rawValue, refused.refusal.message)
            row.add(["as_of": refused.asOf, "reasons": json([reason]), "ended": time])
            return [row]
        case RunFailed.type:
            let failed = try message.payload(RunFailed.self)
            var row = run(failed.run, .failed, nil, record)
            row.add([
                "attempt": failed.attempts, "reasons": json([ReleaseReason(failed.code, failed.message)]),
                "ended": time,
            ])
            return [row]
        // Progress is sent outside of transactions and relied upon by nobody.
        default: return []
        }
    }

    private static func run(
        _ name: String, _ state: RunSummary.State, _ trigger: RunTrigger?, _ record: ControlRecord
    ) -> HistoryRow {
        HistoryRow(
            .runs,
            [
                "run": name, "first_offset": record.offset, "model_offset": record.offset, "state": state.rawValue,
                "trigger": trigger?.kind.rawValue, "reason": trigger?.text, "requester": trigger?.requester,
                "requests": trigger.flatMap { json($0.requests) },
            ])
    }

    static func ofReleases(_ record: ControlRecord) throws(MessageError) -> [HistoryRow] {
        guard let release = try Release(record.message) else { return [] }
        var row = HistoryRow(
            .releases,
            [
                "id": record.message.envelope.id, "offset": record.offset, "time": record.time, "kind": release.kind,
            ])
        switch release {
        case .refused(let refused):
            row.add([
                "champion": refused.champion, "requester": refused.requester, "reasons": json([refused.reason]),
            ])
        case .held(let held):
            row.add(["requester": held.requester, "reasons": json([ReleaseReason("held", held.reason)])])
        case .resumed(let resumed):
            row.add(["requester": resumed.requester, "reasons": json([ReleaseReason("resumed", resumed.reason)])])
        case .published(let verdict), .rejected(let verdict), .inconclusive(let verdict),
            .awaitingApproval(let verdict), .rolledBack(let verdict):
            row.add([
                "version": verdict.version, "run": verdict.run, "champion_before": verdict.championBefore,
                "champion": verdict.champion, "requester": verdict.requester, "reasons": json(verdict.reasons),
                "watermark": verdict.watermark, "expires": verdict.expires,
            ])
            if let gate = verdict.gate { row.add(gate) }
            guard release.isOnRun else { break }
            return [row, outcome(verdict, release, record)]
        }
        return [row]
    }

    private mutating func add(_ gate: GateNumbers) {
        add([
            "metric": gate.metric, "challenger_value": gate.challenger[gate.metric],
            "champion_value": gate.champion?[gate.metric], "lower": gate.interval?.lower,
            "upper": gate.interval?.upper, "rows": gate.rows, "positives": gate.positives,
            "holdout_start": gate.holdout.start, "holdout_end": gate.holdout.end,
        ])
    }

    private static func outcome(_ verdict: Verdict, _ release: Release, _ record: ControlRecord) -> HistoryRow {
        HistoryRow(
            .runs,
            [
                "run": verdict.run, "release_offset": record.offset, "verdict": release.kind,
                "version": verdict.version, "decided": record.time,
                "verdict_metrics": verdict.gate.flatMap { json($0.challenger) },
                "verdict_reasons": json(verdict.reasons),
            ])
    }

    private mutating func add(_ more: KeyValuePairs<String, any Bindable>) {
        columns += more.map { ($0.key, $0.value.value) }
    }
}

extension Release {
    /// Of a verdict on a run: the run's state.
    var kind: String {
        switch self {
        case .published: RunSummary.State.published.rawValue
        case .rejected: RunSummary.State.rejected.rawValue
        case .inconclusive: RunSummary.State.inconclusive.rawValue
        case .awaitingApproval: RunSummary.State.awaitingApproval.rawValue
        case .rolledBack: "rolled-back"
        case .refused: "refused"
        case .held: "held"
        case .resumed: "resumed"
        }
    }

    /// A rollback is no verdict on the run whose model comes back.
    var isOnRun: Bool {
        switch self {
        case .published, .rejected, .inconclusive, .awaitingApproval: true
        case .rolledBack, .refused, .held, .resumed: false
        }
    }
}
