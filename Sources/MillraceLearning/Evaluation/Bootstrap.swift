import MillraceCore

/// The bootstrap over entities (Efron; resampled by cluster).
///
/// A customer's transactions resemble each other, so rows are not drawn one by one: whole entities are, with
/// replacement, as many as there are. Two models are compared on the same draws, which takes what both have in common
/// out of the difference. The same seed gives the same interval on every machine.
public struct Bootstrap: Sendable {
    public var replicates: Int
    public var seed: UInt64
    /// 0.95 for a 95 % interval.
    public var level: Double

    public init(replicates: Int = 200, seed: UInt64 = 1, level: Double = 0.95) {
        self.replicates = replicates
        self.seed = seed
        self.level = level
    }

    /// Intervals of one model's metrics, all from the same draws. Rows without an entity column are drawn singly.
    public func intervals(
        of requests: [MetricRequest], on ranking: Ranking
    ) throws(EvaluationError) -> [BootstrapInterval] {
        let draws = try replicate(requests, on: [ranking])[0]
        var result: [BootstrapInterval] = []
        for (index, request) in requests.enumerated() {
            result.append(interval(try ranking.measure(request), draws[index].compactMap { $0 }))
        }
        return result
    }

    /// Intervals of both models' metrics and of their differences. The rankings are of the same rows.
    public func compare(
        _ requests: [MetricRequest], champion: Ranking, challenger: Ranking
    ) throws(EvaluationError) -> [PairedInterval] {
        guard champion.rows.labels == challenger.rows.labels, champion.rows.entities == challenger.rows.entities,
            champion.rows.days == challenger.rows.days, champion.rows.weights == challenger.rows.weights
        else { throw EvaluationError(.shape, "champion and challenger are not scored on the same rows") }
        let draws = try replicate(requests, on: [champion, challenger])
        var result: [PairedInterval] = []
        for (index, request) in requests.enumerated() {
            let (old, new) = (draws[0][index], draws[1][index])
            let both = zip(old, new).compactMap { pair in
                if let old = pair.0, let new = pair.1 { (old, new) } else { nil }
            }
            let oldValue = try champion.measure(request)
            let newValue = try challenger.measure(request)
            let better = both.count { request.isBetterWhenHigher ? $0.1 > $0.0 : $0.1 < $0.0 }
            result.append(
                PairedInterval(
                    champion: interval(oldValue, old.compactMap { $0 }),
                    challenger: interval(newValue, new.compactMap { $0 }),
                    difference: interval(Self.difference(newValue, oldValue), both.map { $0.1 - $0.0 }),
                    challengerBetter: both.isEmpty ? nil : Double(better) / Double(both.count)))
        }
        return result
    }

    private func interval(_ estimate: MetricValue, _ values: [Double]) -> BootstrapInterval {
        BootstrapInterval(estimate: estimate, values: values, replicates: replicates, level: level)
    }

    private static func difference(_ new: MetricValue, _ old: MetricValue) -> MetricValue {
        switch (new, old) {
        case (.value(let new), .value(let old)): .value(new - old)
        case (.undefined(let reason), _), (_, .undefined(let reason)): .undefined(reason)
        }
    }

    /// Per ranking, per metric, per replicate.
    private func replicate(
        _ requests: [MetricRequest], on rankings: [Ranking]
    ) throws(EvaluationError) -> [[[Double?]]] {
        let rows = rankings[0].rows
        let entities = rows.entities ?? (0..<Int32(rows.count)).map { $0 }
        let codes = Int(entities.max() ?? -1) + 1
        guard codes < 1 << 30 else { throw EvaluationError(.invalidValue, "entity codes must be below 2^30") }
        var seen = [Bool](repeating: false, count: codes)
        for entity in entities { seen[Int(entity)] = true }
        let present = seen.indices.filter { seen[$0] }

        var metrics: [[ResampledMetric]] = []
        for ranking in rankings {
            var prepared: [ResampledMetric] = []
            for request in requests {
                prepared.append(
                    try ResampledMetric(request, of: ranking, entities: entities, entityCount: codes))
            }
            metrics.append(prepared)
        }
        var values = metrics.map { $0.map { _ in [Double?]() } }
        guard !present.isEmpty else { return values }
        var generator = ResamplingGenerator(seed: seed)
        var draws = [Int32](repeating: 0, count: codes)
        for _ in 0..<replicates {
            for entity in present { draws[entity] = 0 }
            for _ in present { draws[present[generator.index(below: present.count)]] += 1 }
            draws.withUnsafeBufferPointer { draws in
                for model in metrics.indices {
                    for metric in requests.indices {
                        values[model][metric].append(metrics[model][metric].value(draws))
                    }
                }
            }
        }
        return values
    }
}
