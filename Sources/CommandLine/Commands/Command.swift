// The command tree is plain data: the parser, the help, the completion scripts and the Markdown reference are all made
// from it, so that none of them can tell a user something that another does not know.

/// One command of a program, or a group of commands.
///
/// A group has `subcommands` and no action; a command has an action. The options of a group are understood by every
/// command below it, and may stand before or after that command's name.
public struct Command: Sendable {
    /// What a command does once its arguments have been read. An error thrown ends the program with its exit code.
    public typealias Action = @Sendable (Arguments) async throws -> ExitCode

    public var name: String
    /// One line, no full stop: shown in lists of commands and in completions.
    public var summary: String
    /// Paragraphs parted by empty lines, for the command's own help page.
    public var discussion: String
    public var arguments: [Argument]
    public var options: [Option]
    public var examples: [Example]
    /// Exit codes that this command alone gives, beside those that every command has.
    public var exitCodes: [ExitCode.Meaning]
    public var subcommands: [Command]
    /// Left out of help, completions and reference, but understood.
    public var isHidden: Bool
    public var run: Action?

    /// A command line to try, with what it does.
    public struct Example: Sendable, Equatable {
        public var command: String
        public var purpose: String

        public init(_ command: String, _ purpose: String) {
            self.command = command
            self.purpose = purpose
        }
    }

    /// A command that does something.
    public init(
        name: String, summary: String, discussion: String = "", arguments: [Argument] = [], options: [Option] = [],
        examples: [Example] = [], exitCodes: [ExitCode.Meaning] = [], isHidden: Bool = false, run: @escaping Action
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.arguments = arguments
        self.options = options
        self.examples = examples
        self.exitCodes = exitCodes
        self.subcommands = []
        self.isHidden = isHidden
        self.run = run
    }

    /// A group of commands.
    public init(
        name: String, summary: String, discussion: String = "", options: [Option] = [], examples: [Example] = [],
        isHidden: Bool = false, subcommands: [Command]
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.arguments = []
        self.options = options
        self.examples = examples
        self.exitCodes = []
        self.subcommands = subcommands
        self.isHidden = isHidden
        self.run = nil
    }

    func subcommand(named name: String) -> Command? { subcommands.first { $0.name == name } }
    var visibleSubcommands: [Command] { subcommands.filter { !$0.isHidden } }
}
