/// What SQLite refused.
public struct SQLiteError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        /// The file is no database, or parts of it are lost.
        case damaged
        /// Another connection held its lock for longer than the wait allows.
        case busy
        /// The file cannot be opened, read or written.
        case inaccessible
        /// The disk, or the quota, is full.
        case full
        /// A constraint of a table forbids the row.
        case constraint
        /// Anything else: most often a mistake in a statement.
        case failed
    }

    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "sqlite \(code.rawValue): \(message)" }
}
