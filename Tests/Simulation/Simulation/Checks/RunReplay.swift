import Kafka
import Millrace
import World

/// Decides again what train has decided: datasets come in their order, requests at the place that the decision about
/// them names, verdicts before whatever was decided after them.
struct RunReplay {
    private(set) var machine: TriggerMachine
    private var datasets: ArraySlice<Checks.Found>
    private let requests: [RequestID: (request: RetrainRequested, offset: Int64)]
    /// What the machine has decided, and the log not said yet.
    private var due: [TriggerDecision] = []

    init(_ checks: Checks) {
        machine = TriggerMachine(TriggerSettings(checks.pipeline))
        datasets = checks.messages(.datasets)[...]
        var requests: [RequestID: (RetrainRequested, Int64)] = [:]
        for found in checks.messages(.retrain) {
            let id = RequestID(source: found.message.envelope.source, id: found.message.envelope.id)
            guard requests[id] == nil, let request = try? found.message.payload(RetrainRequested.self) else { continue }
            requests[id] = (request, found.offset)
        }
        self.requests = requests
    }

    /// Takes the log's next decision.
    mutating func follow(_ found: TriggerDecision, _ verdicts: Set<String>) -> Violation? {
        if due.isEmpty, let violation = endRun(before: found, verdicts) { return violation }
        if due.isEmpty, let id = found.trigger?.requests.first, let asked = requests[id] {
            feed(below: found.state.datasetsOffset)
            if due.isEmpty { due = machine.handle(asked.request, id: id, offset: asked.offset) }
        } else {
            while due.isEmpty, machine.open == nil, let next = datasets.popFirst() { take(next) }
        }
        guard !due.isEmpty else {
            return Violation(.sameBytes, "the run \(found.run) was decided; the datasets alone ask for none")
        }
        let expected = due.removeFirst()
        guard Self.isSame(found, expected) else {
            return Violation(
                .sameBytes,
                "decided was \(Self.text(found)); the datasets and requests alone ask for \(Self.text(expected))")
        }
        return nil
    }

    /// After the log's last decision.
    mutating func finish(_ verdicts: Set<String>) -> Violation? {
        if let run = machine.open?.run, verdicts.contains(run) { due += machine.verdict(run: run) }
        while due.isEmpty, machine.open == nil, let next = datasets.popFirst() { take(next) }
        guard let missing = due.first else { return nil }
        return Violation(.sameBytes, "\(Self.text(missing)) was never decided; the datasets alone ask for it")
    }

    /// The run under way ends, or is tried again, before anything but requests is decided.
    private mutating func endRun(before found: TriggerDecision, _ verdicts: Set<String>) -> Violation? {
        guard let open = machine.open else { return nil }
        switch found {
        case .queue, .merge: return nil
        case .refuse(let refused) where refused.refusal.code == .queueFull: return nil
        case .refuse(let refused) where refused.run == open.run:
            due = machine.refuse(run: open.run, refused.refusal)
        case .start(let start) where start.run == open.run:
            due = machine.resume(wasStopped: start.failures == open.failures)
        case .fail(let failed) where failed.run == open.run:
            due = machine.failed(run: open.run, code: failed.code, message: failed.message)
        default:
            guard verdicts.contains(open.run) else {
                return Violation(
                    .sameBytes, "\(Self.text(found)) was decided while the run \(open.run) was under way")
            }
            due = machine.verdict(run: open.run)
        }
        return nil
    }

    private mutating func feed(below offset: Int64) {
        while due.isEmpty, machine.open == nil, let next = datasets.first, next.offset < offset {
            datasets.removeFirst()
            take(next)
        }
    }

    private mutating func take(_ found: Checks.Found) {
        if let labels = try? found.message.payload(LabelsArrived.self) {
            machine.handle(labels, offset: found.offset)
        } else if let ready = try? found.message.payload(DatasetReady.self) {
            due = machine.handle(ready, offset: found.offset)
        }
    }

    private static func isSame(_ one: TriggerDecision, _ other: TriggerDecision) -> Bool {
        guard one.run == other.run, one.state.triggers == other.state.triggers, one.state.pending == other.state.pending
        else { return false }
        switch (one, other) {
        case (.start(let a), .start(let b)): return a.plan == b.plan && a.attempt == b.attempt && a.trigger == b.trigger
        case (.refuse(let a), .refuse(let b)): return a.refusal.code == b.refusal.code
        case (.merge(let a), .merge(let b)): return a.into == b.into
        case (.queue(let a), .queue(let b)): return a.behind == b.behind
        case (.fail, .fail): return true
        default: return false
        }
    }

    private static func text(_ decision: TriggerDecision) -> String {
        switch decision {
        case .start(let start): "start of \(start.run), attempt \(start.attempt)"
        case .refuse(let refused): "refusal of \(refused.run) (\(refused.refusal.code.rawValue))"
        case .merge(let merged): "merging of \(merged.run) into \(merged.into)"
        case .queue(let queued): "queueing of \(queued.run) behind \(queued.behind)"
        case .fail(let failed): "failure of \(failed.run)"
        }
    }
}
