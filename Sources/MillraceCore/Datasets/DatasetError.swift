/// What is wrong with a dataset, a label file or the state of a feature engine, and where.
public struct DatasetError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// A file is missing or cannot be read.
        case unreadable
        /// A file is there, but its bytes are not what its format, its manifest or its checksum says.
        case damaged
        /// Files that are sound, but do not belong together: another feature set, other columns.
        case mismatch
        /// A declaration that the columns cannot satisfy.
        case declaration
        case cannotWrite = "cannot-write"
    }

    public var code: Code
    /// What was expected, what was found, where, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package init(_ error: FileError) {
        code = error.code == .cannotWrite || error.code == .noSpace ? .cannotWrite : .unreadable
        message = error.message
    }

    public var description: String { message }
    /// A full disk can be emptied; a damaged file stays damaged.
    public var isRetriable: Bool { code == .cannotWrite }
}
