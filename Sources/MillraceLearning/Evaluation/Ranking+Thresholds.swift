import MillraceCore

extension Ranking {
    /// Precision, recall, F1, alerts and cost at a threshold.
    public func point(at threshold: Double, costs: AlertCosts? = nil) throws(EvaluationError) -> ThresholdPoint {
        try table(at: [threshold], costs: costs)[0]
    }

    /// A row for each of some thresholds, in their order.
    public func table(at thresholds: [Double], costs: AlertCosts? = nil) throws(EvaluationError) -> [ThresholdPoint] {
        let missedCosts = try costs.map { costs throws(EvaluationError) in try costPerStep(costs) }
        let dayCount = Double(max(rows.dayCount, 1))
        return thresholds.map { threshold in
            let reached = stepCount(atOrAbove: threshold)
            let step = reached == 0 ? nil : steps[reached - 1]
            return point(threshold, step, days: dayCount, cost: missedCosts?[reached])
        }
    }

    /// A table that a person can read: the thresholds at which alerts a day double, from about one to all.
    public func table(costs: AlertCosts? = nil) throws(EvaluationError) -> [ThresholdPoint] {
        var thresholds: [Double] = []
        var wanted = Double(rows.dayCount)
        for step in steps where Double(step.alerts) >= wanted {
            thresholds.append(step.threshold)
            while wanted <= Double(step.alerts) { wanted *= 2 }
        }
        if let last = steps.last, thresholds.last != last.threshold { thresholds.append(last.threshold) }
        return try table(at: thresholds, costs: costs)
    }

    /// The threshold of least cost: a step's score, or above all scores when any alert costs more than it saves.
    public func cheapestThreshold(costs: AlertCosts) throws(EvaluationError) -> ThresholdPoint? {
        guard !steps.isEmpty else { return nil }
        let perStep = try costPerStep(costs)
        let best = perStep.indices.min { (perStep[$0], $0) < (perStep[$1], $1) } ?? 0
        return point(
            best == 0 ? steps[0].threshold.nextUp : steps[best - 1].threshold, best == 0 ? nil : steps[best - 1],
            days: Double(max(rows.dayCount, 1)), cost: perStep[best])
    }

    /// The lowest threshold whose alerts fit a budget of rows a day, on average over the days. Rows of equal score
    /// alert together, so when even the highest score has too many, the threshold is above it and nothing alerts.
    public func threshold(alertsPerDay budget: Double) -> ThresholdPoint? {
        guard !steps.isEmpty else { return nil }
        let days = Double(max(rows.dayCount, 1))
        let step = steps.last { Double($0.alerts) <= budget * days }
        return point(step?.threshold ?? steps[0].threshold.nextUp, step, days: days, cost: nil)
    }

    /// How many steps a threshold lets through.
    func stepCount(atOrAbove threshold: Double) -> Int {
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].threshold >= threshold { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The cost of stopping after each number of steps, from none to all.
    private func costPerStep(_ costs: AlertCosts) throws(EvaluationError) -> [Double] {
        let amounts: [Double]?
        switch costs.missed {
        case .fixed: amounts = nil
        case .amount:
            guard let column = rows.amounts else {
                throw EvaluationError(.missingColumn, "a missed positive costs its amount, and the rows have none")
            }
            amounts = column
        }
        func miss(_ row: Int) -> Double {
            guard rows.labels[row] == 1 else { return 0 }
            if case .fixed(let cost) = costs.missed { return cost * rows.weight(row) }
            return (amounts?[row] ?? 0) * rows.weight(row)
        }
        // From all alerts down to none, what is missed only grows: no cancellation.
        var missed = CompensatedSum()
        var result = [Double](repeating: 0, count: steps.count + 1)
        for count in stride(from: steps.count, through: 0, by: -1) {
            let alertWeight = count == 0 ? 0 : steps[count - 1].truePositives + steps[count - 1].falsePositives
            result[count] = costs.perAlert * alertWeight + missed.value
            guard count > 0 else { break }
            let first = count == 1 ? 0 : steps[count - 2].alerts
            for rank in first..<steps[count - 1].alerts { missed.add(miss(Int(order[rank]))) }
        }
        return result
    }

    private func point(_ threshold: Double, _ step: Step?, days: Double, cost: Double?) -> ThresholdPoint {
        let truePositives = step?.truePositives ?? 0
        let falsePositives = step?.falsePositives ?? 0
        let missed = positiveWeight - truePositives
        let noPositives: MetricValue = .undefined(rows.count == 0 ? .noRows : .noPositives)
        let alerted = truePositives + falsePositives
        return ThresholdPoint(
            threshold: threshold, alerts: step?.alerts ?? 0, alertsPerDay: Double(step?.alerts ?? 0) / days,
            truePositives: truePositives, falsePositives: falsePositives, falseNegatives: missed,
            precision: alerted > 0 ? .value(truePositives / alerted) : .undefined(.noAlerts),
            recall: positiveWeight > 0 ? .value(truePositives / positiveWeight) : noPositives,
            f1: positiveWeight > 0
                ? .value(2 * truePositives / (2 * truePositives + falsePositives + missed)) : noPositives,
            cost: cost)
    }
}
