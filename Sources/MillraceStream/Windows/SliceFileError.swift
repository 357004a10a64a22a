import MillraceCore

/// What is wrong with a slice or ledger file.
public struct SliceFileError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// Not such a file at all, or of a version this program does not know.
        case notASlice = "not-a-slice"
        /// Its bytes do not agree with each other or with its checksum.
        case damaged
        /// The columns are not those expected.
        case otherColumns = "other-columns"
        case unreadable
    }

    public var code: Code
    public var path: String
    public var message: String

    public init(_ code: Code, path: String, _ message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    public var description: String { "\(path): \(message)" }
}
