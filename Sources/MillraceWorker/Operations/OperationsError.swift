/// Why a question to a running pipeline has no answer.
public struct OperationsError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The pipeline's broker lives inside `millrace run`, and none is alive.
        case noRun = "no-run"
        case unreachable
        /// A request was sent and nothing answered in time.
        case unanswered
        case refused
        /// What was asked about does not exist.
        case notFound = "not-found"
        /// A message, or a file that one names, is not what it should be.
        case damaged
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
