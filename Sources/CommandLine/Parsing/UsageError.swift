/// A command line that was not understood: what was expected, what was found, and what to do. Exit code 2.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case unknownCommand, missingCommand, unknownOption, missingValue, unexpectedValue, invalidValue
        case missingOption, missingArgument, unexpectedArgument, repeatedOption, conflict
    }

    public var code: Code
    public var message: String
    /// What to do about it: one sentence, or empty.
    public var advice: String
    /// The command that was being read, whose help to point at; empty when thrown by an action.
    public var path: [String]

    public init(_ code: Code, _ message: String, advice: String = "", path: [String] = []) {
        self.code = code
        self.message = message
        self.advice = advice
        self.path = path
    }

    public var description: String { advice.isEmpty ? message : message + "\n" + advice }
}
