import MillraceCore

/// How a feature is distributed in some windows together, as far as their profiles tell: a share per window, and between
/// the levels of a profile a straight line.
struct FeatureDistribution: Sendable {
    /// One window's part of it.
    private struct Part {
        /// Distinct values, ascending.
        var values: [Double]
        /// The share below each value, and that at or below it. They differ where many rows have the very value.
        var below: [Double]
        var through: [Double]
        var weight: Double

        init?(_ profile: Profile.Numbers) {
            guard profile.count > 0, let least = profile.minimum, let greatest = profile.maximum else { return nil }
            weight = Double(profile.count)
            values = []
            below = []
            through = []
            for (value, level) in zip([least] + profile.quantiles + [greatest], [0] + Profile.levels + [1]) {
                if value == values.last {
                    through[through.count - 1] = level
                } else {
                    values.append(value)
                    below.append(level)
                    through.append(level)
                }
            }
            if values.count == 2, let mean = profile.mean {
                // Two values only, a flag above all: the mean tells their shares exactly.
                let share = min(1, max(0, (greatest - mean) / (greatest - least)))
                (below, through) = ([0, share], [share, 1])
            }
        }

        func share(atOrBelow value: Double) -> Double {
            // The first of the values above it.
            var (low, high) = (0, values.count)
            while low < high {
                let middle = (low + high) / 2
                if values[middle] <= value { low = middle + 1 } else { high = middle }
            }
            guard low > 0 else { return 0 }
            guard low < values.count, values[low - 1] < value else { return through[low - 1] }
            let part = (value - values[low - 1]) / (values[low] - values[low - 1])
            return through[low - 1] + part * (below[low] - through[low - 1])
        }
    }

    private let parts: [Part]
    /// Rows with a value.
    let count: Int
    /// Share of the rows without one.
    let missing: Double
    let mean: Double?

    init(_ profiles: [Profile.Numbers]) {
        parts = profiles.compactMap(Part.init)
        count = profiles.reduce(0) { $0 + $1.count }
        let rows = profiles.reduce(count) { $0 + $1.missing }
        missing = rows == 0 ? 0 : Double(rows - count) / Double(rows)
        let sum = profiles.reduce(0) { $0 + ($1.mean ?? 0) * Double($1.count) }
        mean = count == 0 ? nil : sum / Double(count)
    }

    func share(atOrBelow value: Double) -> Double {
        guard count > 0 else { return 0 }
        return parts.reduce(0) { $0 + $1.weight * $1.share(atOrBelow: value) } / Double(count)
    }

    /// Values that divide it into parts of about one in `count`, ascending and distinct. The last part is what is above
    /// the last of them.
    func edges(count: Int) -> [Double] {
        let known = Set(parts.flatMap(\.values)).sorted()
        var edges: [Double] = []
        var place = 0
        for index in 1..<count {
            let level = Double(index) / Double(count)
            while place < known.count, share(atOrBelow: known[place]) < level { place += 1 }
            guard place < known.count else { break }
            var edge = known[place]
            if place > 0 {
                // Halving finds the level between two known values, or stays at a value that many rows have.
                var (low, high) = (known[place - 1], edge)
                for _ in 0..<40 {
                    let middle = low + (high - low) / 2
                    if share(atOrBelow: middle) >= level { high = middle } else { low = middle }
                }
                edge = high
            }
            guard edges.last.map({ edge > $0 }) ?? true else { continue }
            // A value that many rows have is a part of its own: what falls below it is something else.
            let before = edge.nextDown
            if share(atOrBelow: edge) - share(atOrBelow: before) > 0.5 / Double(count),
                edges.last.map({ before > $0 }) ?? true
            {
                edges.append(before)
            }
            edges.append(edge)
        }
        return edges
    }
}
