import MillraceCore

/// Why rows cannot be evaluated at all. A metric that has no value on good rows is no error: see `MetricValue`.
public struct EvaluationError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Columns of different lengths.
        case shape
        /// A score that is NaN or infinite, a label that is neither 0 nor 1, a weight or amount that cannot be.
        case invalidValue = "invalid-value"
        /// A metric that needs a column (entities, days, amounts) the rows do not have.
        case missingColumn = "missing-column"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
