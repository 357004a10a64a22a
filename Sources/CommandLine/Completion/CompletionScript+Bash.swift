extension CompletionScript {
    /// Finds the command by walking the words typed so far, skipping options and the values they take.
    func bash() -> String {
        let function = "_" + nodes[0].function
        var lines = [
            "# bash completion for \(root.name); made by '\(root.name) completions bash'.",
            "\(function)() {",
            "    local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\"",
            "    local command=\(CompletionScript.quoted(root.name)) word index=1 arguments=0 only_arguments=0",
            "    COMPREPLY=()",
            "    while (( index < COMP_CWORD )); do",
            "        word=\"${COMP_WORDS[index]}\"",
            "        if (( only_arguments )); then",
            "            (( ++arguments )); (( ++index )); continue",
            "        fi",
            "        case \"$command $word\" in",
        ]
        for node in nodes {
            for next in node.command.visibleSubcommands {
                let path = node.path.joined(separator: " ")
                lines.append(
                    "            \(CompletionScript.quoted(path + " " + next.name))) command=\(CompletionScript.quoted(path + " " + next.name)) ;;"
                )
            }
            let taking = node.options.filter { $0.kind != nil }.flatMap(CompletionScript.spellings)
            if !taking.isEmpty {
                let patterns = taking.map { CompletionScript.quoted(node.path.joined(separator: " ") + " " + $0) }
                // bash parts --name=value into three words; the value is skipped either way.
                lines.append("            \(patterns.joined(separator: "|")))")
                lines.append("                (( ++index ))")
                lines.append("                [[ \"${COMP_WORDS[index]}\" == = ]] && (( ++index )) ;;")
            }
        }
        lines += [
            "            *' --') only_arguments=1 ;;",
            "            *' -'*) ;;",
            "            *) (( ++arguments )) ;;",
            "        esac",
            "        (( ++index ))",
            "    done",
            "    if [[ \"$previous\" == = ]]; then previous=\"${COMP_WORDS[COMP_CWORD-2]}\"; fi",
            "    if [[ \"$current\" == = ]]; then previous=\"${COMP_WORDS[COMP_CWORD-1]}\" current=''; fi",
            "    if (( ! only_arguments )); then",
            "    case \"$command $previous\" in",
        ]
        for node in nodes {
            for option in node.options {
                guard let kind = option.kind else { continue }
                let patterns = CompletionScript.spellings(option).map {
                    CompletionScript.quoted(node.path.joined(separator: " ") + " " + $0)
                }
                lines.append("        \(patterns.joined(separator: "|"))) \(bashValues(kind)); return ;;")
            }
        }
        lines += ["    esac", "    if [[ \"$current\" == -* ]]; then", "        case \"$command\" in"]
        for node in nodes {
            let words = (node.options.flatMap(CompletionScript.spellings) + ["--help"]).joined(separator: " ")
            lines.append(
                "        \(CompletionScript.quoted(node.path.joined(separator: " ")))) COMPREPLY=($(compgen -W \(CompletionScript.quoted(words)) -- \"$current\")) ;;"
            )
        }
        lines += ["        esac", "        return", "    fi", "    fi", "    case \"$command\" in"]
        for node in nodes {
            let path = CompletionScript.quoted(node.path.joined(separator: " "))
            let words = node.command.visibleSubcommands.map(\.name).joined(separator: " ")
            if !words.isEmpty {
                lines.append(
                    "        \(path)) COMPREPLY=($(compgen -W \(CompletionScript.quoted(words)) -- \"$current\")) ;;")
            } else if !node.command.arguments.isEmpty {
                lines.append("        \(path)) case $arguments in")
                for (index, argument) in node.command.arguments.enumerated() {
                    let pattern = argument.isRepeated ? "*" : String(index)
                    lines.append("            \(pattern)) \(bashValues(argument.kind)) ;;")
                }
                lines.append("            esac ;;")
            }
        }
        lines += ["    esac", "}", "complete -F \(function) \(root.name)", ""]
        return lines.joined(separator: "\n")
    }

    private func bashValues(_ kind: ValueKind) -> String {
        switch kind {
        case .choice(let choices):
            "COMPREPLY=($(compgen -W \(CompletionScript.quoted(choices.joined(separator: " "))) -- \"$current\"))"
        case .file: "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$current\")"
        case .directory: "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$current\")"
        default: ":"
        }
    }
}
