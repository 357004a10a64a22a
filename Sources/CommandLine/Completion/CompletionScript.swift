/// Scripts that complete commands, options and values in a shell. They are complete in themselves: the program is not
/// started while somebody presses Tab.
public struct CompletionScript: Sendable {
    public enum Shell: String, CaseIterable, Sendable { case bash, zsh, fish }

    let root: Command

    public init(root: Command) { self.root = root }

    public func text(for shell: Shell) -> String {
        switch shell {
        case .bash: bash()
        case .zsh: zsh()
        case .fish: fish()
        }
    }

    /// A command with the way to it and every option it understands.
    struct Node {
        var path: [String]
        var command: Command
        var options: [Option]

        /// `millrace_models_list`: a name that a shell function can have.
        var function: String {
            String(path.joined(separator: "_").map { $0.isLetter || $0.isNumber ? $0 : "_" })
        }
    }

    /// All visible commands, each before those below it.
    var nodes: [Node] {
        func walk(_ command: Command, _ path: [String], _ inherited: [Option]) -> [Node] {
            let options = inherited + command.options.filter { !$0.isHidden }
            let node = Node(path: path + [command.name], command: command, options: options)
            return [node] + command.visibleSubcommands.flatMap { walk($0, node.path, options) }
        }
        return walk(root, [], [])
    }

    /// A word in single quotes, for all three shells (fish escapes the quote, the others close it around one).
    static func quoted(_ text: String, fish: Bool = false) -> String {
        var result = "'"
        for character in text {
            switch character {
            case "'": result += fish ? "\\'" : "'\\''"
            case "\\" where fish: result += "\\\\"
            default: result.append(character)
            }
        }
        return result + "'"
    }

    static func spellings(_ option: Option) -> [String] {
        (option.short.map { ["-\($0)"] } ?? []) + ["--\(option.name)"]
            + (option.isNegatable ? ["--no-\(option.name)"] : [])
    }
}
