/// What went wrong with a packed file, where, and what to do.
public struct CompressionError: Error, Sendable, CustomStringConvertible, Equatable {
    public enum Code: String, Sendable {
        case cannotOpen, cannotRead, cannotWrite
        /// The file ends in the middle of its packed data.
        case truncated
        /// The packed data are not what was packed.
        case corrupt
        case lineTooLong
    }

    public var code: Code
    public var file: String
    /// Bytes from the start of the file as it lies on disk; for `lineTooLong`, of the unpacked text.
    public var position: Int
    public var message: String

    public var description: String {
        switch code {
        case .cannotOpen, .cannotWrite: "\(file): \(message)"
        default: "\(file), byte \(position): \(message)"
        }
    }
}
