/// Why a control message cannot be understood.
public struct MessageError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not a CloudEvent: an attribute or the value is missing or not of its type.
        case malformed = "malformed-message"
        /// A CloudEvent whose data is not what its type promises.
        case invalidData = "invalid-data"
        /// A request that is larger than a request may be.
        case tooLarge = "too-large"
        /// A type (or a version of one) that this worker does not know: ignored, with a counter.
        case unknownType = "unknown-type"
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
