import MillraceCore
import Foundation

extension ModelJudge {
    /// What people read of a judgement. Nothing in it depends on when it is written.
    func report(
        _ judgement: Judgement, rows: HoldoutRows, comparison: ModelComparison,
        importance: [(feature: String, gain: Double)]
    ) throws -> TrainingReport {
        let model = judgement.challenger
        let plan = model.plan
        let manifest = try manifest(of: model)
        let name = pipeline.registry.model ?? pipeline.name
        let budget = pipeline.gate.alertBudget.map(Double.init)
        let costs = rows.amounts == nil ? nil : pipeline.gate.alertCosts
        var report = TrainingReport(
            pipeline: pipeline.name, run: judgement.run, asOf: judgement.labelsKnownAt,
            challengerName: "\(name) v\(judgement.version)",
            championName: judgement.champion.map { "\(name) v\($0.number)" },
            spans: [
                .init(
                    name: "training", window: plan.training, rows: manifest.trainingRows,
                    positives: manifest.trainingPositives),
                .init(name: "gap", window: plan.gap, rows: 0, positives: 0),
                .init(
                    name: "holdout", window: rows.holdout, rows: rows.count, positives: rows.positives,
                    excludedRows: rows.excluded, unlabelled: rows.unlabelled),
            ],
            offsets: model.lineage.offsets.sorted { $0.key < $1.key }.map {
                .init(source: $0.key, from: 0, to: $0.value)
            },
            challenger: try ModelEvaluation(comparison.challenger, costs: costs, alertBudget: budget),
            champion: try comparison.champion.map { try ModelEvaluation($0, costs: costs, alertBudget: budget) })
        report.comparisons = comparison.intervals
        report.importance = importance.map { .init(feature: $0.feature, gain: $0.gain) }
        report.decision = comparison.decision
        report.lineage = facts(model)
        return report
    }

    private func facts(_ model: VersionModel) -> [TrainingReport.Fact] {
        let lineage = model.lineage
        var facts: [TrainingReport.Fact] = [
            .init("trigger", lineage.trigger.text), .init("as of", lineage.asOf.description),
            .init("feature hash", lineage.featureHash), .init("configuration hash", lineage.configurationHash),
        ]
        if let requester = lineage.trigger.requester { facts.append(.init("requester", requester)) }
        for lost in lineage.lost ?? [] {
            facts.append(.init("records lost", "\(lost), removed by the topic's retention before they were read"))
        }
        facts += lineage.versions.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        facts += lineage.parameters.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }
        facts += model.files.map { .init(String($0.path.split(separator: "/").last ?? ""), $0.sha256) }
        return facts
    }
}
