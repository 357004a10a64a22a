/// How often values fell below bounds.
struct Histogram: Sendable {
    /// A count for each bucket of the family, not added up; what is beyond the last is in `count` alone.
    private(set) var counts: [Int]
    private(set) var count = 0
    private(set) var sum = 0.0
    private let bounds: [Double]

    init(_ family: MetricFamily) {
        bounds = family.buckets
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Double) {
        if let index = bounds.firstIndex(where: { value <= $0 }) { counts[index] += 1 }
        count += 1
        sum += value
    }
}
