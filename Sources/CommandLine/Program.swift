internal import Foundation

/// A program: a command tree and its version. Adds the command `completions` to it; `help --markdown` is understood too.
///
///     await Program(root, version: "1.0").main()
public struct Program: Sendable {
    public var root: Command
    public var version: String

    public init(_ root: Command, version: String) {
        self.root = root
        self.version = version
        self.root.subcommands += Program.ownCommands(about: root)
    }

    /// Runs the process's own command line and ends the process with the exit code.
    public func main() async -> Never {
        let process = ProcessInfo.processInfo
        let code = await run(
            Array(process.arguments.dropFirst()), environment: process.environment, console: .standard())
        exit(code.rawValue)
    }

    /// Runs a command line (without the program's name): what `main` does, without ending the process.
    public func run(_ words: [String], environment: [String: String], console: Console) async -> ExitCode {
        var parser = CommandParser(root: root, environment: environment, console: console)
        do {
            switch try parser.parse(words) {
            case .version:
                console.print("\(root.name) \(version)")
                return .success
            case .help(let path):
                console.print(HelpPage(path: path).rendered(on: console), terminator: "")
                return .success
            case .reference:
                console.print(MarkdownReference(root: self.root).text, terminator: "")
                return .success
            case .run(let command, let arguments):
                guard let run = command.run else { return .usage }
                do {
                    return try await run(arguments)
                } catch var error as UsageError {
                    if error.path.isEmpty { error.path = arguments.path }
                    return report(error, console)
                } catch let failure as CommandFailure {
                    arguments.console.fail(failure.description)
                    return failure.exitCode
                } catch is CancellationError {
                    return .interrupted
                } catch {
                    arguments.console.fail("\(error)")
                    return .failure
                }
            }
        } catch {
            return report(error, console)
        }
    }

    private func report(_ error: UsageError, _ console: Console) -> ExitCode {
        console.fail(error.description)
        console.writeError("See '\((error.path + ["--help"]).joined(separator: " "))'.\n")
        return .usage
    }
}

extension Program {
    private static func ownCommands(about root: Command) -> [Command] {
        let completion = Command(
            name: "completions", summary: "Print a completion script for a shell",
            discussion: "The script is made from the program's own commands, so make it again after an upgrade.",
            arguments: [
                Argument(
                    "shell", .choice(CompletionScript.Shell.allCases.map(\.rawValue)), "The shell that will read it")
            ],
            examples: [
                .init("source <(\(root.name) completions bash)", "Complete in this bash session"),
                .init(
                    "\(root.name) completions zsh > ~/.zfunc/_\(root.name)",
                    "Complete in every zsh session (with ~/.zfunc in fpath)"),
                .init(
                    "\(root.name) completions fish > ~/.config/fish/completions/\(root.name).fish",
                    "Complete in every fish session"),
            ]
        ) { arguments in
            let shell = CompletionScript.Shell(rawValue: arguments.text("shell"))!
            arguments.console.print(CompletionScript(root: withOwnCommands(root)).text(for: shell), terminator: "")
            return .success
        }
        return [completion]
    }

    private static func withOwnCommands(_ root: Command) -> Command {
        var whole = root
        whole.subcommands += ownCommands(about: root)
        return whole
    }
}
