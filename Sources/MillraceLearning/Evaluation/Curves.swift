import MillraceCore

/// A point of a ROC curve.
public struct ROCPoint: Sendable, Equatable, Codable {
    public var threshold: Double
    public var falsePositiveRate: Double
    public var truePositiveRate: Double
}

/// A point of a precision-recall curve.
public struct PrecisionRecallPoint: Sendable, Equatable, Codable {
    public var threshold: Double
    public var precision: Double
    public var recall: Double
}

extension Ranking {
    /// The ROC curve, a point a distinct score, from the highest score to the lowest. It begins in (0, 0), which the
    /// first point does not repeat: the origin has no threshold. Empty when a class is missing.
    public var rocCurve: [ROCPoint] {
        guard undefinedForLackOfClasses == nil else { return [] }
        return steps.map {
            ROCPoint(
                threshold: $0.threshold, falsePositiveRate: $0.falsePositives / negativeWeight,
                truePositiveRate: $0.truePositives / positiveWeight)
        }
    }

    /// The precision-recall curve, a point a distinct score, from the highest score to the lowest. Empty without a
    /// positive.
    public var precisionRecallCurve: [PrecisionRecallPoint] {
        guard undefinedForLackOfPositives == nil else { return [] }
        return steps.map {
            PrecisionRecallPoint(
                threshold: $0.threshold, precision: $0.truePositives / ($0.truePositives + $0.falsePositives),
                recall: $0.truePositives / positiveWeight)
        }
    }
}

extension [ROCPoint] {
    /// At most `limit` of the points, evenly along the curve's length, first and last among them.
    public func thinned(to limit: Int = 200) -> [ROCPoint] {
        thin(self, to: limit) {
            abs($0.falsePositiveRate - $1.falsePositiveRate) + abs($0.truePositiveRate - $1.truePositiveRate)
        }
    }
}

extension [PrecisionRecallPoint] {
    /// At most `limit` of the points, evenly along the curve's length, first and last among them.
    public func thinned(to limit: Int = 200) -> [PrecisionRecallPoint] {
        thin(self, to: limit) { abs($0.recall - $1.recall) + abs($0.precision - $1.precision) }
    }
}

private func thin<Point>(_ points: [Point], to limit: Int, distance: (Point, Point) -> Double) -> [Point] {
    guard points.count > limit, limit >= 2 else { return points }
    var along = [0.0]
    for index in 1..<points.count { along.append(along[index - 1] + distance(points[index - 1], points[index])) }
    let length = along[points.count - 1]
    var kept: [Point] = [points[0]]
    var next = 1
    for index in 1..<points.count - 1 where kept.count < limit - 1 {
        guard along[index] >= length * Double(next) / Double(limit - 1) else { continue }
        kept.append(points[index])
        next = Int(along[index] / length * Double(limit - 1)) + 1
    }
    kept.append(points[points.count - 1])
    return kept
}
