import MillraceCore

/// One model on the judged rows: its curves, and what its thresholds mean.
public struct ModelEvaluation: Sendable, Equatable, Codable {
    public var precisionRecall: [PrecisionRecallPoint]
    public var roc: [ROCPoint]
    public var calibration: [CalibrationBin]
    public var thresholds: [ThresholdPoint]
    /// The threshold that travels with the model, chosen by alert budget or by cost.
    public var operatingPoint: ThresholdPoint?
    public var averagePrecision: MetricValue
    public var areaUnderROC: MetricValue

    /// - Parameters:
    ///   - alertBudget: alerts a day; the operating point is the lowest threshold that fits it. Without a budget it is
    ///     the cheapest, when costs are given.
    ///   - curvePoints: points kept of each curve.
    public init(
        _ ranking: Ranking, costs: AlertCosts? = nil, alertBudget: Double? = nil, curvePoints: Int = 200
    ) throws(EvaluationError) {
        precisionRecall = ranking.precisionRecallCurve.thinned(to: curvePoints)
        roc = ranking.rocCurve.thinned(to: curvePoints)
        calibration = ranking.calibration()
        thresholds = try ranking.table(costs: costs)
        averagePrecision = ranking.averagePrecision
        areaUnderROC = ranking.areaUnderROC
        if let alertBudget, let point = ranking.threshold(alertsPerDay: alertBudget) {
            operatingPoint = try ranking.point(at: point.threshold, costs: costs)
        } else if let costs {
            operatingPoint = try ranking.cheapestThreshold(costs: costs)
        }
    }
}
