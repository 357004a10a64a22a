extension CompletionScript {
    /// One function a command, each handing the rest of the line to the next with `_arguments -C`.
    func zsh() -> String {
        var lines = ["#compdef \(root.name)", "# zsh completion; made by '\(root.name) completions zsh'.", ""]
        for node in nodes {
            lines.append("_\(node.function)() {")
            lines.append("    local context state state_descr line")
            lines.append("    typeset -A opt_args")
            var specifications = node.options.flatMap(zshOption)
            specifications.append("'(- *)'{-h,--help}'[Show help]'")
            let subcommands = node.command.visibleSubcommands
            if subcommands.isEmpty {
                specifications += node.command.arguments.map(zshArgument)
            } else {
                specifications += ["'1: :->command'", "'*:: :->rest'"]
            }
            lines.append("    _arguments -C -s -S \\")
            lines.append(specifications.map { "        \($0)" }.joined(separator: " \\\n"))
            if !subcommands.isEmpty {
                lines += ["    case $state in", "    command)", "        local -a commands=("]
                lines += subcommands.map {
                    "            " + CompletionScript.quoted(zshEscaped($0.name) + ":" + $0.summary)
                }
                lines += [
                    "        )", "        _describe -t commands command commands ;;", "    rest)",
                    "        case $line[1] in",
                ]
                lines += subcommands.map {
                    "        \($0.name)) _\(Node(path: node.path + [$0.name], command: $0, options: []).function) ;;"
                }
                lines += ["        esac ;;", "    esac"]
            }
            lines += ["}", ""]
        }
        lines += [
            // Works both when autoloaded from fpath (called by that name) and when sourced.
            "if [ \"$funcstack[1]\" = \"_\(nodes[0].function)\" ]; then",
            "    _\(nodes[0].function) \"$@\"",
            "else",
            "    compdef _\(nodes[0].function) \(root.name)",
            "fi", "",
        ]
        return lines.joined(separator: "\n")
    }

    private func zshOption(_ option: Option) -> [String] {
        CompletionScript.spellings(option).map { spelling in
            let again = option.isRepeated ? "*" : ""
            let isLong = spelling.hasPrefix("--")
            let attached = option.kind == nil ? "" : isLong ? "=" : "+"
            let value = option.kind.map { ":" + zshEscaped(option.valueName) + ":" + zshValues($0) } ?? ""
            return CompletionScript.quoted("\(again)\(spelling)\(attached)[\(zshEscaped(option.help))]\(value)")
        }
    }

    private func zshArgument(_ argument: Argument) -> String {
        let place = argument.isRepeated ? "*:" : argument.isRequired ? ":" : "::"
        return CompletionScript.quoted(place + zshEscaped(argument.name) + ":" + zshValues(argument.kind))
    }

    private func zshValues(_ kind: ValueKind) -> String {
        switch kind {
        case .choice(let choices): "(" + choices.map(zshEscaped).joined(separator: " ") + ")"
        case .file(let endings) where !endings.isEmpty: "_files -g \"*.(" + endings.joined(separator: "|") + ")\""
        case .file: "_files"
        case .directory: "_files -/"
        default: " "
        }
    }

    /// `_arguments` reads colons and brackets itself.
    private func zshEscaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if ":[]\\".contains(character) { result += "\\" }
            result.append(character)
        }
        return result
    }
}
