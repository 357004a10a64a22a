internal import CXGBoost

/// What XGBoost refused, or what was refused before XGBoost could misread it.
public struct XGBoostError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Shapes disagree: values, labels, weights, names or the model's number of features.
        case shape
        /// A label or weight is not a finite number, or a weight is negative.
        case invalidValue = "invalid-value"
        /// A parameter that this version of XGBoost does not use: most often a misspelling.
        case unusedParameter = "unused-parameter"
        /// Early stopping names a set or a metric that no evaluation reports.
        case unknownMetric = "unknown-metric"
        /// The library said no; the message is its own.
        case library
    }

    public var code: Code
    /// What was expected, what was found, and where.
    public var message: String

    public var description: String { "xgboost \(code.rawValue): \(message)" }
}

/// Runs a call of the C interface and turns its failure into the text that the library keeps for this thread.
///
/// The text is thread-local and overwritten by the next failure, so it is read here, before anything else can run.
@inline(__always)
func check(_ operation: StaticString, _ status: CInt) throws(XGBoostError) {
    guard status != 0 else { return }
    let text = XGBGetLastError().map { String(cString: $0) } ?? "no reason given"
    throw XGBoostError(code: .library, message: "\(operation): \(firstLines(of: text))")
}

/// The library appends a stack trace of its own build; only what precedes it helps a reader.
private func firstLines(of text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
    let useful = lines.prefix { !$0.hasPrefix("Stack trace") }
    return (useful.isEmpty ? lines.prefix(1) : useful.prefix(4)).joined(separator: " ")
}
