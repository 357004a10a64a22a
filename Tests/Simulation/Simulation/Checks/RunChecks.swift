import Kafka
import Millrace
import MillraceWorker
import World

/// Holds the runs against what the datasets alone ask for, and the models against those trained undisturbed.
struct RunChecks {
    let checks: Checks
    private var started: [String: RunStarted] = [:]
    private var order: [String] = []
    private var ended: [String: RunRefused] = [:]
    private var failed: Set<String> = []
    private var trained: [ModelTrained] = []

    init(_ checks: Checks) {
        self.checks = checks
        for (_, _, message) in checks.messages(.models) {
            if let start = try? message.payload(RunStarted.self) {
                if started[start.run] == nil { order.append(start.run) }
                started[start.run] = started[start.run] ?? start
            } else if let refused = try? message.payload(RunRefused.self) {
                if started[refused.run] == nil { order.append(refused.run) }
                ended[refused.run] = refused
            } else if let failure = try? message.payload(RunFailed.self) {
                failed.insert(failure.run)
            } else if let model = try? message.payload(ModelTrained.self) {
                trained.append(model)
            }
        }
    }

    var open: String? {
        let verdicts = Set(checks.releases.compactMap { $0.release.verdict?.run })
        return order.first { ended[$0] == nil && !failed.contains($0) && !verdicts.contains($0) }
    }

    func violations() -> [Violation] {
        var machine = TriggerMachine(TriggerSettings(checks.pipeline))
        var expected: [String] = []
        for (offset, _, message) in checks.messages(.datasets) {
            if let labels = try? message.payload(LabelsArrived.self) { machine.handle(labels, offset: offset) }
            guard let ready = try? message.payload(DatasetReady.self) else { continue }
            for decision in machine.handle(ready, offset: offset) {
                expected.append(decision.run)
                guard case .start(let start) = decision else { continue }
                if let other = started[start.run], other.plan != start.plan {
                    return [Violation(.sameBytes, "the run \(start.run) has another plan than the undisturbed one")]
                }
                if let violation = train(start, machine.catalog) { return [violation] }
                if let refusal = ended[start.run] {
                    _ = machine.refuse(run: start.run, refusal.refusal)
                } else {
                    _ = machine.verdict(run: start.run)
                }
            }
        }
        guard order == expected else {
            return [Violation(.sameBytes, "the runs are \(order); the datasets alone ask for \(expected)")]
        }
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
                started[start.run] ?? start, catalog: catalog)
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
