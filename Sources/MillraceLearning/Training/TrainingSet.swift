import MillraceCore

/// The rows that a model is fitted to, in the order of event time.
public struct TrainingSet: Sendable, Equatable {
    public var featureNames: [String]
    /// Row-major; NaN is missing. 32 bits are what tree trainers keep.
    public var features: [Float] = []
    /// 1 or 0.
    public var labels: [Float] = []
    /// Nil when every row counts once.
    public var weights: [Float]?

    public init(featureNames: [String]) { self.featureNames = featureNames }

    public var count: Int { labels.count }
    public var positives: Int { labels.count { $0 == 1 } }

    /// Takes a window's rows with their labels: all positives, and the share of the negatives that the plan keeps.
    /// An event without a label is a negative: only matured windows train.
    mutating func append(_ table: DatasetTable, labels known: LabelBook.Labels, negativeShare: Double) {
        let width = featureNames.count
        let samples = negativeShare < 1
        if samples, weights == nil { weights = [] }
        for row in 0..<table.count {
            let isPositive = known.values[row] == 1
            if samples, !isPositive {
                guard Self.draw(table.ids, row: row) < negativeShare else { continue }
            }
            for column in 0..<width { features.append(Float(table.features[row * width + column])) }
            labels.append(isPositive ? 1 : 0)
            if samples { weights?.append(isPositive ? 1 : Float(1 / negativeShare)) }
        }
    }

    /// A number in 0 ..< 1 that depends on the id alone: the same rows are chosen by every run.
    static func draw(_ ids: CellColumn, row: Int) -> Double {
        Double(StableHash.mix(StableHash.fnv1a((ids.text(row) ?? "").utf8)) >> 11) / Double(UInt64(1) << 53)
    }
}
