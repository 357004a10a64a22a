extension CompletionScript {
    /// A `complete` line for everything, each with the condition that the command it belongs to has been typed.
    func fish() -> String {
        let function = "__\(nodes[0].function)_at"
        var lines = [
            "# fish completion for \(root.name); made by '\(root.name) completions fish'.",
            "# True when the commands typed so far are exactly those given.",
            "function \(function)",
            "    set -l typed (commandline -opc)",
            "    set -e typed[1]",
            "    set -l path",
            "    set -l skip 0",
            "    for word in $typed",
            "        if test $skip -eq 1",
            "            set skip 0",
            "            continue",
            "        end",
            "        switch $word",
        ]
        let taking = Set(nodes.flatMap { $0.options }.filter { $0.kind != nil }.flatMap(CompletionScript.spellings))
            .sorted()
        if !taking.isEmpty {
            lines += ["            case \(taking.joined(separator: " "))", "                set skip 1"]
        }
        lines += ["            case '-*'", "            case '*'"]
        let groups = nodes.filter { !$0.command.visibleSubcommands.isEmpty }
        // Words after the last command are its arguments and no part of the path.
        lines += ["                switch \"$path\""]
        for group in groups {
            lines.append(
                "                    case \(CompletionScript.quoted(group.path.dropFirst().joined(separator: " "), fish: true))"
            )
            lines.append("                        set -a path $word")
        }
        lines += [
            "                end", "        end", "    end", "    test \"$path\" = \"$argv\"", "end", "",
            "complete -c \(root.name) -f",
        ]
        for node in nodes {
            let at = CompletionScript.quoted(
                ([function] + node.path.dropFirst()).joined(separator: " "), fish: true)
            for next in node.command.visibleSubcommands {
                lines.append(
                    "complete -c \(root.name) -n \(at) -a \(next.name) -d \(CompletionScript.quoted(next.summary, fish: true))"
                )
            }
            for option in node.options {
                let short = option.short.map { " -s \($0)" } ?? ""
                let help = CompletionScript.quoted(option.help, fish: true)
                lines.append(
                    "complete -c \(root.name) -n \(at)\(short) -l \(option.name)\(fishValues(option.kind, isOption: true)) -d \(help)"
                )
                if option.isNegatable {
                    lines.append("complete -c \(root.name) -n \(at) -l no-\(option.name) -d \(help)")
                }
            }
            lines.append("complete -c \(root.name) -n \(at) -s h -l help -d 'Show help'")
            for argument in node.command.arguments {
                let values = fishValues(argument.kind, isOption: false)
                if !values.isEmpty { lines.append("complete -c \(root.name) -n \(at)\(values)") }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func fishValues(_ kind: ValueKind?, isOption: Bool) -> String {
        let required = isOption ? " -r" : ""
        switch kind {
        case nil: return ""
        case .choice(let choices):
            return required + " -f -a " + CompletionScript.quoted(choices.joined(separator: " "), fish: true)
        case .file: return required + " -F"
        case .directory: return required + " -f -a '(__fish_complete_directories)'"
        default: return isOption ? " -x" : ""
        }
    }
}
