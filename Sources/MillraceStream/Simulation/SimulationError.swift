import MillraceCore

/// Why a simulation or a replay of a file cannot go on: what was expected, what was found, where.
public struct SimulationError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Parameters that describe no simulation.
        case invalidParameter = "invalid-parameter"
        /// A line of a file that is no event.
        case malformedLine = "malformed-line"
        /// A column that was asked for is not there.
        case missingColumn = "missing-column"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
