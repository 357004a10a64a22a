import MillraceCore

/// Card precision at k: what a team that can look at k cards a day would find.
///
/// On each day the k entities with the highest score are looked at (an entity's score is the highest of its rows that
/// day); the day's precision is the number of them with a positive row that day, over k. An entity once found is
/// blocked and takes no place on later days. The metric is the mean over the days. From Le Borgne et al.,
/// "Reproducible Machine Learning for Credit Card Fraud Detection", chapter 4.
///
/// Entities of equal score are taken in the order of their codes. Weights do not count: people look at cards.
public struct CardPrecision: Sendable {
    /// One day's entities, highest score first.
    struct Day: Sendable {
        var entities: [Int32]
        var isPositive: [Bool]
    }

    public let k: Int
    let days: [Day]
    let entityCount: Int

    public init(_ rows: ScoredRows, k: Int) throws(EvaluationError) {
        guard let entities = rows.entities, let days = rows.days else {
            throw EvaluationError(.missingColumn, "card precision needs the entity and the day of each row")
        }
        guard k > 0 else { throw EvaluationError(.invalidValue, "card precision at \(k): at least 1 is looked at") }
        self.k = k
        entityCount = Int(entities.max() ?? -1) + 1
        struct Entry {
            var score: Double
            var day: Int32
            var entity: Int32
            var isPositive: Bool
        }
        var entries: [Entry] = (0..<rows.count).map {
            Entry(score: rows.scores[$0], day: days[$0], entity: entities[$0], isPositive: rows.labels[$0] == 1)
        }
        // One row an entity and day: its highest score, positive if any row is.
        entries.sort { ($0.day, $0.entity, $1.score) < ($1.day, $1.entity, $0.score) }
        var merged: [Entry] = []
        for entry in entries {
            if let last = merged.last, last.day == entry.day, last.entity == entry.entity {
                if entry.isPositive { merged[merged.count - 1].isPositive = true }
            } else {
                merged.append(entry)
            }
        }
        merged.sort { ($0.day, $1.score, $0.entity) < ($1.day, $0.score, $1.entity) }
        self.days = merged.chunked { $0.day == $1.day }.map { day in
            Day(entities: day.map(\.entity), isPositive: day.map(\.isPositive))
        }
    }

    /// The mean over the days.
    public var measurement: MetricValue {
        let daily = perDay
        return daily.isEmpty ? .undefined(.noRows) : .value(daily.reduce(0, +) / Double(daily.count))
    }

    /// Each day's precision, in the order of the days.
    public var perDay: [Double] {
        let once = [Int32](repeating: 1, count: entityCount)
        var found = [Bool](repeating: false, count: entityCount)
        return once.withUnsafeBufferPointer { multiplicities in
            days.map { Double(Self.find(in: $0, k: k, multiplicities: multiplicities, found: &found)) / Double(k) }
        }
    }

    /// How many of a day's k looks find something, where each entity stands `multiplicities` times in the queue.
    @inline(__always)
    static func find(
        in day: Day, k: Int, multiplicities: UnsafeBufferPointer<Int32>, found: inout [Bool]
    ) -> Int {
        var left = k
        var hits = 0
        for (entity, isPositive) in zip(day.entities, day.isPositive) {
            let copies = Int(multiplicities[Int(entity)])
            if copies == 0 || found[Int(entity)] { continue }
            let taken = min(copies, left)
            if isPositive {
                hits += taken
                found[Int(entity)] = true
            }
            left -= taken
            if left == 0 { break }
        }
        return hits
    }
}

extension Array {
    /// Runs of neighbours that belong together.
    func chunked(by belongTogether: (Element, Element) -> Bool) -> [ArraySlice<Element>] {
        var chunks: [ArraySlice<Element>] = []
        var start = startIndex
        for index in indices where index + 1 == endIndex || !belongTogether(self[index], self[index + 1]) {
            chunks.append(self[start...index])
            start = index + 1
        }
        return chunks
    }
}
