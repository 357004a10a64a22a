import Millrace

extension TrainHandler {
    func announce(_ decision: TriggerDecision) {
        switch decision {
        case .start(let message):
            log.info(
                "train", "run started",
                [
                    "run": message.run, "window": lastWindow(before: message.plan.asOf),
                    "trigger": message.trigger.text, "as_of": message.plan.asOf,
                    "request": message.trigger.requests.map(\.id).joined(separator: " "),
                    "training": message.plan.training, "holdout": message.plan.holdout, "attempt": message.attempt,
                ])
        case .refuse(let message):
            log.info(
                "train", "run refused",
                [
                    "run": message.run, "trigger": message.trigger.text,
                    "request": message.trigger.requests.map(\.id).joined(separator: " "),
                    "code": message.refusal.code.rawValue, "reason": message.refusal.message,
                ])
        case .merge(let message): log.info("train", "run merged", ["run": message.run, "into": message.into])
        case .queue(let message): log.info("train", "run queued", ["run": message.run, "behind": message.behind])
        case .fail(let message):
            log.error("train", "run failed", ["run": message.run, "code": message.code, "reason": message.message])
        }
    }

    /// The start of the newest window that was known at a moment, as transform names it.
    private func lastWindow(before moment: Timestamp) -> Timestamp {
        Window(holding: moment + .microseconds(-1), size: pipeline.windows.size).start
    }
}
