#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// What went wrong with a file or folder, and where.
public struct FileError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Code: String, Sendable {
        case notFound = "not-found"
        case cannotRead = "cannot-read"
        case cannotWrite = "cannot-write"
        case tooLarge = "too-large"
        case noSpace = "no-space"
        /// Its bytes are not those that a message or a manifest means.
        case damaged
    }

    public var code: Code
    public var path: String
    public var message: String

    public init(_ code: Code, path: String, message: String) {
        self.code = code
        self.path = path
        self.message = message
    }

    /// For a failed system call; `action` says what was tried ("read", "rename", …).
    public init(_ code: Code, path: String, errno number: Int32, action: String? = nil) {
        let reason = String(cString: strerror(number))
        switch number {
        case ENOENT where code == .cannotRead: self.code = .notFound
        case ENOSPC, EDQUOT: self.code = .noSpace
        default: self.code = code
        }
        self.path = path
        let action = action ?? (code == .cannotRead ? "read" : "write")
        message = "cannot \(action) \(path): \(reason)"
    }

    public var description: String { message }

    /// Whether trying again may help: a full disk can be emptied.
    public var isRetriable: Bool { code == .noSpace }
}
