public import MillraceCore

extension TriggerMachine {
    /// The name of a run: the watermark's moment for people, and a hash of what makes it this run and no other.
    func runID(_ trigger: RunTrigger, asOf: Timestamp?) -> String {
        var identity = "\(settings.pipeline)\n\(trigger.kind.rawValue)\n"
        if trigger.kind == .request {
            identity += trigger.requests.map { "\($0.source)\n\($0.id)" }.joined(separator: "\n")
        } else if trigger.kind == .wallSchedule {
            identity += "\(trigger.text)\n\(trigger.moment?.description ?? "")"
        } else {
            identity += "\(trigger.text)\n\(asOf?.description ?? "")\n\(settings.featureHash)"
        }
        let moment = asOf.map { Window(start: $0, end: $0).fileName } ?? "00000000T000000Z"
        return "\(moment)-\(Checksum(of: identity).prefix(8))"
    }

    /// Plans a run and starts it, or refuses it.
    mutating func begin(
        run: String, _ trigger: RunTrigger, asOf: Timestamp?, request: RetrainRequested?
    ) -> [TriggerDecision] {
        let plan: RunPlan
        do throws(RunRefusal) {
            guard let asOf else { throw RunRefusal(.noData, "no dataset has arrived yet") }
            plan = try settings.planner.plan(asOf: asOf, requested: request?.windows, catalog: catalog)
        } catch {
            return [.refuse(RunRefused(run: run, trigger: trigger, asOf: asOf, refusal: error, state: state))]
        }
        state.open = .init(run: run, attempt: 1)
        let started = RunStarted(
            run: run, trigger: trigger, plan: plan, parameters: request?.parameters ?? [:],
            isDryRun: request?.dryRun ?? false, configurationHash: settings.configurationHash,
            featureHash: settings.featureHash, attempt: 1, failures: 0, state: state)
        open = started
        return [.start(started)]
    }

    /// A release speaks of a run. When it is the one under way it is over, and the next that waits starts.
    public mutating func verdict(run: String) -> [TriggerDecision] {
        guard open?.run == run else { return [] }
        return end()
    }

    /// The run under way cannot be carried out: what only its data could tell.
    public mutating func refuse(run: String, _ refusal: RunRefusal) -> [TriggerDecision] {
        guard let started = open, started.run == run else { return [] }
        clear()
        let refused = RunRefused(
            run: run, trigger: started.trigger, asOf: started.plan.asOf, refusal: refusal, state: state)
        return [.refuse(refused)] + startPending()
    }

    /// An attempt failed. Another one begins, or the run has failed.
    public mutating func failed(run: String, code: String, message: String) -> [TriggerDecision] {
        guard let started = open, started.run == run else { return [] }
        guard started.failures + 1 < settings.attempts else {
            clear()
            let failed = RunFailed(
                run: run, attempts: started.attempt, code: code, message: message, state: state)
            return [.fail(failed)] + startPending()
        }
        return [again(started, failures: started.failures + 1)]
    }

    /// After a restart: a run was under way and had sent no model. An attempt that a crash ended has failed (it may be
    /// the cause); one that was stopped in order has not.
    public mutating func resume(wasStopped: Bool) -> [TriggerDecision] {
        guard let started = open else { return [] }
        if started.featureHash != settings.featureHash {
            return refuse(
                run: started.run,
                RunRefusal(
                    .featuresChanged,
                    "the run was decided under feature set \(started.featureHash.prefix(12)), and the pipeline now "
                        + "declares \(settings.featureHash.prefix(12))"))
        }
        if wasStopped { return [again(started, failures: started.failures)] }
        return failed(run: started.run, code: "interrupted", message: "the worker ended while training")
    }

    /// What is waiting, when nothing is under way: left by a crash between a verdict and the next decision.
    public mutating func startPending() -> [TriggerDecision] {
        var decisions: [TriggerDecision] = []
        while open == nil, !state.pending.isEmpty {
            let next = state.pending.removeFirst()
            decisions += begin(run: next.run, next.trigger, asOf: state.through, request: next.request)
        }
        return decisions
    }

    private mutating func again(_ started: RunStarted, failures: Int) -> TriggerDecision {
        var started = started
        started.attempt += 1
        started.failures = failures
        state.open = .init(run: started.run, attempt: started.attempt)
        started.state = state
        open = started
        return .start(started)
    }

    private mutating func end() -> [TriggerDecision] {
        clear()
        return startPending()
    }

    private mutating func clear() {
        open = nil
        state.open = nil
    }
}
