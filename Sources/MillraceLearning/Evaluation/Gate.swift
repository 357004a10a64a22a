import MillraceCore
import Foundation

/// Decides whether a challenger becomes the champion. Pure: the same rule and evidence give the same decision.
///
/// Too few positives, or a metric without a value, leaves the question open, whatever the other numbers seem to say.
/// Then what speaks against the challenger rejects it; what needs a person waits for one; and only then is it
/// promoted. A promotion by force asks no gate.
public struct Gate: Sendable {
    public var rule: GateRule

    public init(_ rule: GateRule) { self.rule = rule }

    public func decide(_ evidence: GateEvidence) -> GateDecision {
        var reasons = [judgePositives(evidence), judgeMetric(evidence)].compactMap { $0 }
        if evidence.hasChampion { reasons += rule.guards.map { judge($0, evidence) } }
        reasons += circumstances(evidence)

        let order: [GateDecision.Verdict] = [.inconclusive, .rejected, .awaitingApproval]
        let objection = order.first { verdict in reasons.contains { $0.code.verdict == verdict } }
        let deciding = reasons.filter { $0.code.verdict == objection }
        let others = reasons.filter { $0.code.verdict != objection }
        return GateDecision(
            verdict: objection ?? .promoted, reasons: deciding + others, rule: rule, evidence: evidence)
    }

    private func judgePositives(_ evidence: GateEvidence) -> GateDecision.Reason? {
        guard evidence.positives < rule.minimumPositives else { return nil }
        return .init(
            .tooFewPositives,
            "\(evidence.positives) positives among \(evidence.rows) rows, \(rule.minimumPositives) are needed to decide",
            ["positives": Double(evidence.positives), "minimum": Double(rule.minimumPositives)])
    }

    private func judgeMetric(_ evidence: GateEvidence) -> GateDecision.Reason {
        let name = rule.metric.name
        let (new, old) = measurements(of: rule.metric, evidence)
        guard case .value(let challenger) = new else {
            return .init(.metricUndefined, "the challenger's \(name) is \(new)")
        }
        guard evidence.hasChampion else { return judgeFirst(challenger) }
        guard case .value(let champion) = old else {
            return .init(.metricUndefined, "the champion's \(name) is \(old)", ["challenger": challenger])
        }
        let gain = rule.metric.isBetterWhenHigher ? challenger - champion : champion - challenger
        let numbers = [
            "challenger": challenger, "champion": champion, "difference": challenger - champion,
            "margin": rule.margin,
        ]
        let comparison = "\(name) \(text(challenger)) against the champion's \(text(champion))"
        if gain >= rule.margin - Self.rounding {
            return .init(
                .marginMet, "\(comparison): better by \(text(gain)), \(text(rule.margin)) is required", numbers)
        }
        let found = gain >= 0 ? "better by only \(text(gain))" : "worse by \(text(-gain))"
        return .init(
            .marginNotMet, "\(comparison): \(found), better by \(text(rule.margin)) is required", numbers)
    }

    private func judgeFirst(_ challenger: Double) -> GateDecision.Reason {
        let name = rule.metric.name
        guard let floor = rule.floor else {
            return .init(
                .firstModel, "the first model, \(name) \(text(challenger)); no floor is declared",
                ["challenger": challenger])
        }
        let isReached =
            rule.metric.isBetterWhenHigher ? challenger >= floor - Self.rounding : challenger <= floor + Self.rounding
        return .init(
            isReached ? .firstModel : .belowFloor,
            "the first model, \(name) \(text(challenger)): \(isReached ? "meets" : "misses") the floor of \(text(floor))",
            ["challenger": challenger, "floor": floor])
    }

    private func judge(_ condition: GateRule.Guard, _ evidence: GateEvidence) -> GateDecision.Reason {
        let name = condition.request.name
        let (new, old) = measurements(of: condition.request, evidence)
        guard case .value(let challenger) = new else {
            return .init(.metricUndefined, "guard: the challenger's \(name) is \(new)")
        }
        guard case .value(let champion) = old else {
            return .init(.metricUndefined, "guard: the champion's \(name) is \(old)", ["challenger": challenger])
        }
        let limit: Double
        let isHeld: Bool
        if condition.request.isBetterWhenHigher {
            limit = champion - condition.tolerance
            isHeld = challenger >= limit - Self.rounding
        } else {
            let isShare = condition.request.metric == .alertVolume
            limit = isShare ? champion * (1 + condition.tolerance) : champion + condition.tolerance
            isHeld = challenger <= limit + Self.rounding * max(1, limit)
        }
        let bound = condition.request.isBetterWhenHigher ? "at least" : "at most"
        return .init(
            isHeld ? .guardHeld : .guardBroken,
            "guard \(name): \(text(challenger)) against the champion's \(text(champion)), "
                + "\(bound) \(text(limit)) is required",
            ["challenger": challenger, "champion": champion, "limit": limit, "tolerance": condition.tolerance])
    }

    private func circumstances(_ evidence: GateEvidence) -> [GateDecision.Reason] {
        var reasons: [GateDecision.Reason] = []
        // An approval answers every question that was put to a person.
        if !evidence.isApproved {
            if evidence.holdoutSeen {
                reasons.append(
                    .init(
                        .holdoutSeen,
                        "a model has trained on rows it is judged by, or within the gap; it is not promoted by itself"))
            }
            if evidence.heldByRollback {
                reasons.append(.init(.heldByRollback, "a rollback holds automatic promotion until it is resumed"))
            }
            if rule.approval == .manual {
                reasons.append(.init(.manualApproval, "the pipeline asks for a person's approval"))
            }
        } else {
            reasons.append(.init(.approved, "a person has approved"))
        }
        return reasons
    }

    private func measurements(
        of request: MetricRequest, _ evidence: GateEvidence
    ) -> (challenger: MetricValue, champion: MetricValue) {
        let value = evidence.value(of: request)
        return (value?.challenger ?? .undefined(.notMeasured), value?.champion ?? .undefined(.notMeasured))
    }

    /// .70 − .68 is a little less than .02 in binary; a decision must not hang on that.
    private static let rounding = 1e-12

    private func text(_ value: Double) -> String { String(format: "%.4f", value) }
}
