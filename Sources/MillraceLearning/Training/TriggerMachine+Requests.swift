public import MillraceCore

extension TriggerMachine {
    /// A request was read. It starts a run now, waits behind the one under way, is answered by a run that waits
    /// already, or is refused. Nothing when the same request was read before.
    public mutating func handle(_ request: RetrainRequested, id: RequestID, offset: Int64) -> [TriggerDecision] {
        guard takeRetrain(offset), requests.insert(id).inserted else { return [] }
        let trigger = RunTrigger(
            kind: .request, text: request.reason, requests: [id], requester: request.requester)
        return consider(trigger, request: request)
    }

    /// A message of `retrain` that asks for nothing.
    public mutating func skip(retrainOffset offset: Int64) { _ = takeRetrain(offset) }

    private mutating func takeRetrain(_ offset: Int64) -> Bool {
        guard offset >= state.retrainOffset else { return false }
        state.retrainOffset = offset + 1
        return true
    }

    /// The clock on the wall, for schedules declared in its time. Entries missed together make one run.
    public mutating func tick(_ now: Timestamp) -> [TriggerDecision] {
        let start = wallStart ?? now
        wallStart = start
        var decisions: [TriggerDecision] = []
        for index in state.triggers.indices {
            guard case .schedule(let cron, wallClock: true) = settings.triggers[index],
                let schedule = settings.schedules[cron],
                let moment = Self.newestMoment(of: schedule, after: state.triggers[index].through ?? start, by: now)
            else { continue }
            state.triggers[index].through = moment
            let trigger = RunTrigger(kind: .wallSchedule, text: settings.triggers[index].text, moment: moment)
            decisions += consider(trigger, request: nil)
        }
        return decisions
    }

    private mutating func consider(_ trigger: RunTrigger, request: RetrainRequested?) -> [TriggerDecision] {
        let run = runID(trigger, asOf: state.through)
        guard let behind = open?.run else {
            return begin(run: run, trigger, asOf: state.through, request: request)
        }
        let isPlain = request?.isPlain ?? true
        if isPlain, let waiting = state.pending.first(where: \.isPlain) {
            return [
                .merge(
                    RunMerged(
                        run: run, trigger: trigger, into: waiting.run,
                        reason: "the run \(waiting.run) waits for \(behind) to end and will answer this as well",
                        state: state))
            ]
        }
        guard state.pending.count < settings.pendingLimit else {
            return [
                .refuse(
                    RunRefused(
                        run: run, trigger: trigger, asOf: state.through,
                        refusal: RunRefusal(
                            .queueFull, "\(state.pending.count) runs wait already behind \(behind); ask again later"),
                        state: state))
            ]
        }
        state.pending.append(.init(run: run, trigger: trigger, request: request))
        return [.queue(RunQueued(run: run, trigger: trigger, behind: behind, state: state))]
    }
}
