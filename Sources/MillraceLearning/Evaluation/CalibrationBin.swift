import MillraceCore

/// Rows of similar score, and how often they were positive. In a calibrated model the two agree.
public struct CalibrationBin: Sendable, Equatable, Codable {
    /// Scores from `lowest` to `highest`, both among the rows.
    public var lowest: Double
    public var highest: Double
    public var rows: Int
    /// Mean score: the share of positives that the model expects.
    public var expected: Double
    /// Share of positives, by weight.
    public var observed: Double
    /// A 95 % interval of the observed share (Wilson), which says how much a deviation means.
    public var observedLower: Double
    public var observedUpper: Double
}

/// How scores are cut into bins.
public enum CalibrationBinning: Sendable {
    /// Of equal width between 0 and 1, as scikit-learn's `uniform`; rare events nearly all fall in the first.
    case uniform(Int)
    /// Each bin holds the same number of positives: the bins that rare events need.
    case equalPositives(Int)
}

extension Ranking {
    /// Bins from the lowest score to the highest; empty bins are left out. Undefined like log loss: then no bins.
    public func calibration(_ binning: CalibrationBinning = .equalPositives(10)) -> [CalibrationBin] {
        guard logLoss.value != nil else { return [] }
        let ascending = order.reversed().map { Int($0) }
        let chunks: [ArraySlice<Int>]
        switch binning {
        case .uniform(let count):
            let width = 1 / Double(max(count, 1))
            var bin = 0
            var bins: [Int] = []
            for row in ascending {
                // A score that is an edge belongs to the lower bin, as in scikit-learn.
                while bin < count - 1, rows.scores[row] > Double(bin + 1) * width { bin += 1 }
                bins.append(bin)
            }
            chunks = Array(ascending.indices).chunked { bins[$0] == bins[$1] }.map {
                ascending[$0.startIndex..<$0.endIndex]
            }
        case .equalPositives(let count):
            let share = Double(max(rows.positives, 1)) / Double(max(count, 1))
            var seen = 0
            var bins: [Int] = []
            bins.reserveCapacity(ascending.count)
            for (rank, row) in ascending.enumerated() {
                // Rows of one score stay together.
                let isNewStep = rank == 0 || rows.scores[ascending[rank - 1]] != rows.scores[row]
                bins.append(isNewStep ? min(count - 1, Int(Double(seen) / share)) : bins[rank - 1])
                seen += Int(rows.labels[row])
            }
            chunks = Array(ascending.indices).chunked { bins[$0] == bins[$1] }.map {
                ascending[$0.startIndex..<$0.endIndex]
            }
        }
        return chunks.compactMap(bin)
    }

    private func bin(_ members: ArraySlice<Int>) -> CalibrationBin? {
        guard let first = members.first, let last = members.last else { return nil }
        var weight = CompensatedSum()
        var expected = CompensatedSum()
        var positive = CompensatedSum()
        for row in members {
            let share = rows.weight(row)
            weight.add(share)
            expected.add(share * rows.scores[row])
            if rows.labels[row] == 1 { positive.add(share) }
        }
        guard weight.value > 0 else { return nil }
        let observed = positive.value / weight.value
        // Wilson's interval at z = 1.96.
        let count = Double(members.count)
        let z2 = 1.959963984540054 * 1.959963984540054
        let centre = (observed + z2 / (2 * count)) / (1 + z2 / count)
        let half = (z2 * (observed * (1 - observed) / count + z2 / (4 * count * count))).squareRoot() / (1 + z2 / count)
        return CalibrationBin(
            lowest: rows.scores[first], highest: rows.scores[last], rows: members.count,
            expected: expected.value / weight.value, observed: observed, observedLower: max(0, centre - half),
            observedUpper: min(1, centre + half))
    }
}
