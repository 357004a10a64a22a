/// Why a text is not a document that is taken, and where.
public struct YAMLError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case syntax
        case encoding
        case duplicateKey = "duplicate-key"
        case key
        case alias
        case limit
        case documents
    }

    public var code: Code
    public var message: String
    public var position: Position
    /// Characters of the line that it is about.
    public var length: Int

    public init(_ code: Code, _ message: String, at position: Position, length: Int = 1) {
        self.code = code
        self.message = message
        self.position = position
        self.length = length
    }

    public var description: String { "\(position): \(message)" }
}
