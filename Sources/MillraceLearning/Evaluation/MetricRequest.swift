public import MillraceCore

/// A metric with what it needs to be computed.
public struct MetricRequest: Sendable, Hashable, Codable {
    public var metric: Metric
    /// Looks a day, for card precision.
    public var k: Int?
    /// The score from which a row is an alert, for alert volume.
    public var threshold: Double?

    public init(_ metric: Metric, k: Int? = nil, threshold: Double? = nil) {
        self.metric = metric
        self.k = k
        self.threshold = threshold
    }

    public static let averagePrecision = MetricRequest(.averagePrecision)
    public static let areaUnderROC = MetricRequest(.areaUnderROC)
    public static let logLoss = MetricRequest(.logLoss)
    public static let brier = MetricRequest(.brier)
    public static func cardPrecision(_ k: Int) -> MetricRequest { MetricRequest(.cardPrecision, k: k) }
    public static func alertVolume(threshold: Double) -> MetricRequest {
        MetricRequest(.alertVolume, threshold: threshold)
    }

    /// As a report names it: `card_precision@100`.
    public var name: String { k.map { "\(metric.rawValue)@\($0)" } ?? metric.rawValue }

    public var isBetterWhenHigher: Bool {
        switch metric {
        case .averagePrecision, .areaUnderROC, .cardPrecision: true
        case .logLoss, .brier, .alertVolume: false
        }
    }
}

extension Ranking {
    /// Any metric. Alert volume is alerts a day at the request's threshold.
    public func measure(_ request: MetricRequest) throws(EvaluationError) -> MetricValue {
        switch request.metric {
        case .averagePrecision: return averagePrecision
        case .areaUnderROC: return areaUnderROC
        case .logLoss: return logLoss
        case .brier: return brier
        case .cardPrecision: return try CardPrecision(rows, k: request.checkedK()).measurement
        case .alertVolume:
            let threshold = try request.checkedThreshold()
            guard rows.count > 0 else { return .undefined(.noRows) }
            return .value(try point(at: threshold).alertsPerDay)
        }
    }
}

extension MetricRequest {
    func checkedK() throws(EvaluationError) -> Int {
        guard let k, k > 0 else {
            throw EvaluationError(.invalidValue, "card precision needs k, the looks a day, at least 1")
        }
        return k
    }

    func checkedThreshold() throws(EvaluationError) -> Double {
        guard let threshold, !threshold.isNaN else {
            throw EvaluationError(.invalidValue, "alert volume needs a threshold")
        }
        return threshold
    }
}
