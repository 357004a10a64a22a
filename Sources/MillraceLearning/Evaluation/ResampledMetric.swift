import MillraceCore

/// A metric made ready to be computed again and again on resampled entities.
///
/// A resample is a count an entity: how often it was drawn. Scores do not change, so rows stay sorted and a replicate
/// is one pass in which each row weighs as much as its entity was drawn.
struct ResampledMetric {
    private enum Preparation {
        /// Rows in order of score: `entity << 2 | (last of its score ? 2 : 0) | label`.
        case averagePrecision([UInt32])
        case areaUnderROC([UInt32])
        case weightedAveragePrecision([UInt32], weights: [Double])
        case weightedAreaUnderROC([UInt32], weights: [Double])
        /// Sums an entity: the metric is a ratio of them.
        case ratio(numerators: [Double], denominators: [Double])
        case total([Double])
        case cardPrecision(CardPrecision)
        case undefined
    }

    private let preparation: Preparation

    init(_ request: MetricRequest, of ranking: Ranking, entities: [Int32], entityCount: Int) throws(EvaluationError) {
        let rows = ranking.rows
        func packed() -> [UInt32] {
            ranking.order.indices.map { rank in
                let row = Int(ranking.order[rank])
                let isLast =
                    rank + 1 == ranking.order.count || rows.scores[Int(ranking.order[rank + 1])] != rows.scores[row]
                return UInt32(entities[row]) << 2 | (isLast ? 2 : 0) | UInt32(rows.labels[row])
            }
        }
        func sums(_ value: (Int) -> Double) -> [Double] {
            var sums = [Double](repeating: 0, count: entityCount)
            for row in 0..<rows.count { sums[Int(entities[row])] += value(row) }
            return sums
        }
        let ordered = rows.weights.map { weights in ranking.order.map { weights[Int($0)] } }
        switch request.metric {
        case .averagePrecision:
            preparation =
                ordered.map { .weightedAveragePrecision(packed(), weights: $0) } ?? .averagePrecision(packed())
        case .areaUnderROC:
            preparation = ordered.map { .weightedAreaUnderROC(packed(), weights: $0) } ?? .areaUnderROC(packed())
        case .logLoss, .brier:
            let isLogLoss = request.metric == .logLoss
            guard (isLogLoss ? ranking.logLoss : ranking.brier).value != nil else {
                preparation = .undefined
                return
            }
            preparation = .ratio(
                numerators: sums { row in
                    let loss = isLogLoss ? Ranking.logLoss : Ranking.squaredDistance
                    return rows.weight(row) * loss(rows.scores[row], rows.labels[row])
                },
                denominators: sums { rows.weight($0) })
        case .cardPrecision:
            preparation = .cardPrecision(try CardPrecision(rows, k: request.checkedK()))
        case .alertVolume:
            let threshold = try request.checkedThreshold()
            let days = Double(max(rows.dayCount, 1))
            preparation = .total(sums { rows.scores[$0] >= threshold && rows.weight($0) > 0 ? 1 / days : 0 })
        }
    }

    /// The metric where each entity counts as often as it was drawn; nil when it has no value there.
    func value(_ draws: UnsafeBufferPointer<Int32>) -> Double? {
        switch preparation {
        case .averagePrecision(let packed):
            var (found, alerts, step) = (0, 0, 0)
            var sum = 0.0
            for row in packed {
                let count = Int(draws[Int(row >> 2)])
                alerts += count
                step += row & 1 != 0 ? count : 0
                if row & 2 != 0, step > 0 {
                    found += step
                    sum += Double(step) * Double(found) / Double(alerts)
                    step = 0
                }
            }
            return found > 0 ? sum / Double(found) : nil
        case .areaUnderROC(let packed):
            var (positives, negatives, stepPositives, stepNegatives, doubled) = (0, 0, 0, 0, 0)
            for row in packed {
                let count = Int(draws[Int(row >> 2)])
                if row & 1 != 0 { stepPositives += count } else { stepNegatives += count }
                if row & 2 != 0 {
                    // Twice the area, so that ties, which count half, stay whole numbers.
                    doubled += stepNegatives * (2 * positives + stepPositives)
                    positives += stepPositives
                    negatives += stepNegatives
                    (stepPositives, stepNegatives) = (0, 0)
                }
            }
            return positives > 0 && negatives > 0 ? Double(doubled) / (2 * Double(positives) * Double(negatives)) : nil
        case .weightedAveragePrecision(let packed, let weights):
            var (found, alerts, step, sum) = (0.0, 0.0, 0.0, 0.0)
            for (rank, row) in packed.enumerated() {
                let weight = Double(draws[Int(row >> 2)]) * weights[rank]
                alerts += weight
                step += row & 1 != 0 ? weight : 0
                if row & 2 != 0, step > 0 {
                    found += step
                    sum += step * found / alerts
                    step = 0
                }
            }
            return found > 0 ? sum / found : nil
        case .weightedAreaUnderROC(let packed, let weights):
            var (positives, negatives, stepPositives, stepNegatives, area) = (0.0, 0.0, 0.0, 0.0, 0.0)
            for (rank, row) in packed.enumerated() {
                let weight = Double(draws[Int(row >> 2)]) * weights[rank]
                if row & 1 != 0 { stepPositives += weight } else { stepNegatives += weight }
                if row & 2 != 0 {
                    area += stepNegatives * (positives + stepPositives / 2)
                    positives += stepPositives
                    negatives += stepNegatives
                    (stepPositives, stepNegatives) = (0, 0)
                }
            }
            return positives > 0 && negatives > 0 ? area / (positives * negatives) : nil
        case .ratio(let numerators, let denominators):
            var (numerator, denominator) = (0.0, 0.0)
            for index in draws.indices {
                numerator += Double(draws[index]) * numerators[index]
                denominator += Double(draws[index]) * denominators[index]
            }
            return denominator > 0 ? numerator / denominator : nil
        case .total(let values):
            return zip(draws, values).reduce(0) { $0 + Double($1.0) * $1.1 }
        case .cardPrecision(let precision):
            guard !precision.days.isEmpty else { return nil }
            var found = [Bool](repeating: false, count: draws.count)
            let hits = precision.days.reduce(0) {
                $0 + CardPrecision.find(in: $1, k: precision.k, multiplicities: draws, found: &found)
            }
            return Double(hits) / Double(precision.k * precision.days.count)
        case .undefined:
            return nil
        }
    }
}
