/// The help of one command, as `--help` prints it.
struct HelpPage {
    let path: [Command]

    private var command: Command { path[path.count - 1] }
    private var names: String { path.map(\.name).joined(separator: " ") }

    func rendered(on console: Console) -> String {
        // Lines longer than this are hard to read, however wide the terminal.
        rendered(width: min(console.width, 100), style: console.style)
    }

    func rendered(width: Int, style: Style) -> String {
        var sections: [String] = []
        sections.append(TextWrapping.wrap(command.summary + ".", width: width) + "\n")
        sections.append(
            section(
                "USAGE", HelpUsage(path: path).line.map { TextWrapping.wrap($0, width: width, indent: 2, hanging: 6) },
                style))
        if !command.discussion.isEmpty { sections.append(TextWrapping.paragraphs(command.discussion, width: width)) }
        let commands = command.visibleSubcommands.map { ($0.name, $0.summary) }
        if !commands.isEmpty { sections.append(section("COMMANDS", entries(commands, width, style), style)) }
        let arguments = command.arguments.map { ("<\($0.name)>", HelpText.explain($0)) }
        if !arguments.isEmpty { sections.append(section("ARGUMENTS", entries(arguments, width, style), style)) }
        let options = command.options.filter { !$0.isHidden }.map { (HelpText.label($0), HelpText.explain($0)) }
        let help = ("-h, --help", "Show this help")
        sections.append(section("OPTIONS", entries(options + [help], width, style), style))
        let inherited = path.dropLast().flatMap(\.options).filter { !$0.isHidden }
        if !inherited.isEmpty {
            let entries = entries(inherited.map { (HelpText.label($0), HelpText.explain($0)) }, width, style)
            sections.append(section("GLOBAL OPTIONS", entries, style))
        }
        if !command.examples.isEmpty {
            let lines = command.examples.map { example in
                TextWrapping.wrap(
                    example.purpose + (example.purpose.hasSuffix("?") ? "" : ":"), width: width, indent: 2, hanging: 2)
                    + "\n    " + style.cyan(example.command)
            }
            sections.append(section("EXAMPLES", [lines.joined(separator: "\n\n")], style))
        }
        if command.run != nil {
            let codes = HelpText.exitCodes(of: command).map { (String($0.code.rawValue), $0.text) }
            sections.append(section("EXIT CODES", entries(codes, width, style), style))
        } else {
            sections.append("See '\(names) <command> --help' for a command.\n")
        }
        return sections.joined(separator: "\n")
    }

    private func section(_ title: String, _ lines: [String], _ style: Style) -> String {
        style.bold(title) + "\n" + lines.map { $0 + "\n" }.joined()
    }

    /// Labels in one column, their texts wrapped in another; a label too long for its column has a line of its own.
    private func entries(_ entries: [(label: String, text: String)], _ width: Int, _ style: Style) -> [String] {
        let column = min(entries.map(\.label.count).max() ?? 0, width / 3)
        return entries.map { entry in
            let text = TextWrapping.wrap(entry.text, width: width, indent: column + 4, hanging: column + 4)
            let label = "  " + style.bold(entry.label)
            if entry.text.isEmpty { return label }
            if entry.label.count > column { return label + "\n" + text }
            return label + String(text.dropFirst(entry.label.count + 2))
        }
    }
}
