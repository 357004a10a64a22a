import Kafka
import Millrace
import MillraceWorker
import World

/// Holds the runs against what the datasets and requests alone ask for, and the models against those trained
/// undisturbed.
struct RunChecks {
    let checks: Checks
    /// In the order of the log; a decision that is there again counts once.
    private var decisions: [TriggerDecision] = []
    private var trained: [ModelTrained] = []
    private let verdicts: Set<String>

    init(_ checks: Checks) {
        self.checks = checks
        verdicts = Set(checks.releases.compactMap { $0.release.verdict?.run })
        var log = RunLog()
        for (_, _, message) in checks.messages(.models) {
            if let model = try? message.payload(ModelTrained.self) {
                trained.append(model)
            } else if let decision = Self.decision(message), log.fold(decision) {
                decisions.append(decision)
            }
        }
    }

    private static func decision(_ message: ReceivedMessage) -> TriggerDecision? {
        if let start = try? message.payload(RunStarted.self) { return .start(start) }
        if let refusal = try? message.payload(RunRefused.self) { return .refuse(refusal) }
        if let merge = try? message.payload(RunMerged.self) { return .merge(merge) }
        if let queue = try? message.payload(RunQueued.self) { return .queue(queue) }
        return (try? message.payload(RunFailed.self)).map { .fail($0) }
    }

    /// A run that has begun or waits, and has not come to an end.
    var open: String? {
        var waiting: [String] = []
        for decision in decisions {
            switch decision {
            case .start(let start): if !waiting.contains(start.run) { waiting.append(start.run) }
            case .queue(let queue): waiting.append(queue.run)
            case .refuse, .fail: waiting.removeAll { $0 == decision.run }
            case .merge: break
            }
        }
        return waiting.first { !verdicts.contains($0) }
    }

    /// The runs that were first named as the answer to a request.
    func runs(answering request: RequestID) -> [String] {
        var runs: [String] = []
        for decision in decisions where decision.trigger?.requests.contains(request) == true {
            if !runs.contains(decision.run) { runs.append(decision.run) }
        }
        return runs
    }

    func violations() -> [Violation] {
        var replay = RunReplay(checks)
        for decision in decisions {
            if case .start(let start) = decision, start.attempt == 1 {
                // With the catalog of the moment at which it was decided.
                if let violation = replay.follow(decision, verdicts) ?? train(start, replay.machine.catalog) {
                    return [violation]
                }
            } else if let violation = replay.follow(decision, verdicts) {
                return [violation]
            }
        }
        if let violation = replay.finish(verdicts) { return [violation] }
        var models: Set<String> = []
        for model in trained where !models.insert(model.run).inserted {
            return [Violation(.oneDataset, "the run \(model.run) has two models")]
        }
        return []
    }

    /// Trains again from the undisturbed datasets.
    private func train(_ start: RunStarted, _ catalog: DatasetCatalog) -> Violation? {
        guard let model = trained.first(where: { $0.run == start.run }) else { return nil }
        var pipeline = checks.pipeline
        pipeline.folder = DatasetChecks.folder
        do {
            let again = try RunExecutor(pipeline: pipeline, trainer: XGBoostTrainer(), version: "simulated").execute(
                start, catalog: catalog)
            let found = model.files.filter { $0.path.hasSuffix("model.ubj") }
            guard found == again.files.filter({ $0.path.hasSuffix("model.ubj") }), !found.isEmpty else {
                return Violation(.sameBytes, "the model of run \(start.run) has other bytes than the undisturbed one")
            }
        } catch {
            return Violation(.sameBytes, "the model of run \(start.run) cannot be made again: \(error)")
        }
        return nil
    }
}
