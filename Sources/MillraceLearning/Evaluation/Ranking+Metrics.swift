import MillraceCore
import Foundation

extension Ranking {
    /// Area under the ROC curve: the chance that a positive scores above a negative, equal scores counting half.
    public var areaUnderROC: MetricValue {
        if let reason = undefinedForLackOfClasses { return .undefined(reason) }
        var area = CompensatedSum()
        var (truePositives, falsePositives) = (0.0, 0.0)
        for step in steps {
            area.add((step.falsePositives - falsePositives) * (step.truePositives + truePositives) / 2)
            (truePositives, falsePositives) = (step.truePositives, step.falsePositives)
        }
        return .value(area.value / (positiveWeight * negativeWeight))
    }

    /// Average precision: precision at each step, weighted by the recall it adds. Nothing is interpolated.
    public var averagePrecision: MetricValue {
        if let reason = undefinedForLackOfPositives { return .undefined(reason) }
        var sum = CompensatedSum()
        var found = 0.0
        for step in steps where step.truePositives > found {
            sum.add((step.truePositives - found) * step.truePositives / (step.truePositives + step.falsePositives))
            found = step.truePositives
        }
        return .value(sum.value / positiveWeight)
    }

    /// Mean of −ln(probability given to what happened), probabilities kept 2⁻⁵² away from 0 and 1.
    public var logLoss: MetricValue { mean(Self.logLoss) }

    /// Mean of the squared distance between probability and what happened.
    public var brier: MetricValue { mean(Self.squaredDistance) }

    static func logLoss(_ score: Double, _ label: UInt8) -> Double {
        let probability = min(max(score, .ulpOfOne), 1 - .ulpOfOne)
        return -log(label == 1 ? probability : 1 - probability)
    }

    static func squaredDistance(_ score: Double, _ label: UInt8) -> Double {
        let distance = score - Double(label)
        return distance * distance
    }

    private func mean(_ loss: (Double, UInt8) -> Double) -> MetricValue {
        let total = positiveWeight + negativeWeight
        guard rows.count > 0, total > 0 else { return .undefined(.noRows) }
        guard steps[0].threshold <= 1, steps[steps.count - 1].threshold >= 0 else {
            return .undefined(.notProbabilities)
        }
        var sum = CompensatedSum()
        for row in 0..<rows.count { sum.add(rows.weight(row) * loss(rows.scores[row], rows.labels[row])) }
        return .value(sum.value / total)
    }
}
