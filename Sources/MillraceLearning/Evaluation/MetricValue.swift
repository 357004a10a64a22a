import MillraceCore

/// A metric's value, or why it has none.
///
/// As JSON: `{"value": 0.68}` or `{"undefined": "no-positives"}`.
public enum MetricValue: Sendable, Equatable {
    case value(Double)
    case undefined(UndefinedReason)

    public var value: Double? {
        if case .value(let value) = self { value } else { nil }
    }
}

/// Why a metric has no value on some rows.
public enum UndefinedReason: String, Sendable, Codable, CaseIterable {
    case noRows = "no-rows"
    case noPositives = "no-positives"
    case noNegatives = "no-negatives"
    /// A probability is asked for, and a score is below 0 or above 1.
    case notProbabilities = "not-probabilities"
    /// Precision of a threshold that nothing reaches.
    case noAlerts = "no-alerts"
    /// Alerts are to be counted for a model that has no threshold.
    case noThreshold = "no-threshold"
    /// Nobody measured it on these rows.
    case notMeasured = "not-measured"

    /// The end of a sentence: "undefined, because …".
    public var explanation: String {
        switch self {
        case .noRows: "there are no rows"
        case .noPositives: "no row is positive"
        case .noNegatives: "no row is negative"
        case .notProbabilities: "not all scores are between 0 and 1"
        case .noAlerts: "no row reaches the threshold"
        case .noThreshold: "the model has no threshold"
        case .notMeasured: "it was not measured"
        }
    }
}

extension MetricValue: CustomStringConvertible {
    public var description: String {
        switch self {
        case .value(let value): String(value)
        case .undefined(let reason): "undefined, because \(reason.explanation)"
        }
    }
}

extension MetricValue: Codable {
    private enum CodingKeys: String, CodingKey { case value, undefined }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        if let value = try container.decodeIfPresent(Double.self, forKey: .value) {
            self = .value(value)
        } else {
            self = .undefined(try container.decode(UndefinedReason.self, forKey: .undefined))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .value(let value): try container.encode(value, forKey: .value)
        case .undefined(let reason): try container.encode(reason, forKey: .undefined)
        }
    }
}
