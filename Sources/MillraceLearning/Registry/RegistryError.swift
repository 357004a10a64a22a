import MillraceCore

/// What is wrong in the registry's folder or among the files of a run, and where.
public struct RegistryError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case missing
        /// A file's bytes are not those that its checksum names.
        case damaged
        /// It is there, and the disk does not give it now.
        case cannotRead = "cannot-read"
        case cannotWrite = "cannot-write"
    }

    public var code: Code
    /// What was expected, what was found, where, and what to do.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: FileError) {
        switch error.code {
        case .notFound: code = .missing
        case .cannotRead: code = .cannotRead
        case .tooLarge, .damaged: code = .damaged
        case .cannotWrite, .noSpace: code = .cannotWrite
        }
        message = error.message
    }

    public var description: String { "\(code.rawValue): \(message)" }
}
