/// What a program tells the shell when it ends.
public struct ExitCode: RawRepresentable, Hashable, Sendable {
    public var rawValue: Int32

    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The work was done.
    public static let success = ExitCode(rawValue: 0)
    /// The work could not be done; the reason is on standard error.
    public static let failure = ExitCode(rawValue: 1)
    /// The command line was not understood; nothing was begun.
    public static let usage = ExitCode(rawValue: 2)
    /// Stopped by an interrupt (Ctrl-C): 128 + SIGINT.
    public static let interrupted = ExitCode(rawValue: 130)
    /// Stopped by SIGTERM before the work was done: 128 + SIGTERM.
    public static let terminated = ExitCode(rawValue: 143)

    /// An exit code with its explanation for the help.
    public struct Meaning: Sendable, Equatable {
        public var code: ExitCode
        public var text: String

        public init(_ code: ExitCode, _ text: String) {
            self.code = code
            self.text = text
        }
    }

    static let common: [Meaning] = [
        Meaning(.success, "Success"),
        Meaning(.failure, "The command failed; the reason is on standard error"),
        Meaning(.usage, "The command line was not understood; nothing was begun"),
    ]
}

/// An error by which a command's action ends the program with a message and an exit code of its choice.
public struct CommandFailure: Error, CustomStringConvertible, Sendable {
    public var exitCode: ExitCode
    public var description: String

    public init(_ description: String, exitCode: ExitCode = .failure) {
        self.exitCode = exitCode
        self.description = description
    }
}
