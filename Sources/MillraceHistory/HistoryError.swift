/// Why a history file is not used as it is.
public struct HistoryError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file is damaged, or no history at all.
        case damaged
        /// It was written by another version of the program.
        case otherVersion = "other-version"
        /// It tells of another log: the topics were made anew since.
        case otherLog = "other-log"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
