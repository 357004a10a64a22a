/// Why there was no answer.
public struct HTTPClientError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not an http or https address.
        case address
        /// Not a header.
        case header
        /// Nobody answers there, or the connection broke.
        case unreachable
        /// No answer in the time given.
        case timeout
        /// The other side could not prove who it is, or no encryption was agreed on.
        case untrusted
        case failed
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
