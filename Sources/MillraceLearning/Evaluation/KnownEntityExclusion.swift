import MillraceCore

/// Leaves out rows of entities already known to be positive: a card known to be defrauded is blocked, and finding it
/// again is no merit of a model.
///
/// Removing every entity ever known would ask another question: what is known is asked at each row's own moment.
public struct KnownEntityExclusion: Sendable {
    /// A positive label, in microseconds since 1970.
    public struct Positive: Sendable {
        public var entity: Int32
        /// When the event happened.
        public var eventTime: Int64
        /// When its label became known.
        public var knownAt: Int64

        public init(entity: Int32, eventTime: Int64, knownAt: Int64) {
            self.entity = entity
            self.eventTime = eventTime
            self.knownAt = knownAt
        }
    }

    /// For each entity, when the first of its positives that count became known.
    private var firstKnown: [Int64]

    /// - Parameters:
    ///   - positives: in any order, those of the holdout too.
    ///   - since: positives of events before this moment, in microseconds since 1970, do not count.
    public init(positives: [Positive], since: Int64) {
        firstKnown = []
        for positive in positives where positive.eventTime >= since && positive.entity >= 0 {
            let entity = Int(positive.entity)
            if entity >= firstKnown.count {
                firstKnown += [Int64](repeating: .max, count: entity + 1 - firstKnown.count)
            }
            firstKnown[entity] = min(firstKnown[entity], positive.knownAt)
        }
    }

    /// The rows that stay, in order.
    ///
    /// - Parameter moments: when it is asked what is known, in microseconds since 1970, a row: the start of the row's
    ///   metric day, or the event itself. A label known at that very moment counts: labels come before events.
    public func rowsToKeep(entities: [Int32], moments: [Int64]) throws(EvaluationError) -> [Int] {
        guard entities.count == moments.count else {
            throw EvaluationError(.shape, "\(moments.count) moments for \(entities.count) entities")
        }
        return entities.indices.filter { row in
            let entity = Int(entities[row])
            return entity < 0 || entity >= firstKnown.count || firstKnown[entity] > moments[row]
        }
    }
}
