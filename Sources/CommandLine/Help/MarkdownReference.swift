/// The reference of all commands as one Markdown document, made from the command tree.
public struct MarkdownReference: Sendable {
    let root: Command

    public init(root: Command) { self.root = root }

    public var text: String {
        var parts = ["# `\(root.name)`: commands\n\nMade by `\(root.name) help --markdown`; do not edit.\n"]
        parts.append(contents())
        describe([root], into: &parts)
        return parts.joined(separator: "\n")
    }

    private func contents() -> String {
        var lines: [String] = []
        func list(_ command: Command, _ path: String) {
            for next in command.visibleSubcommands {
                let full = path + " " + next.name
                lines.append("- [`\(full)`](#\(full.replacing(" ", with: "-"))): \(next.summary)")
                list(next, full)
            }
        }
        list(root, root.name)
        return lines.joined(separator: "\n") + "\n"
    }

    private func describe(_ path: [Command], into parts: inout [String]) {
        let command = path[path.count - 1]
        let name = path.map(\.name).joined(separator: " ")
        // One level of headings for all commands: what belongs to what is in their names.
        parts.append("## \(name)\n\n\(command.summary).\n")
        parts.append("```\n" + HelpUsage(path: path).line.joined(separator: "\n") + "\n```\n")
        if !command.discussion.isEmpty { parts.append(prose(command.discussion)) }
        table("Argument", command.arguments.map { ("`<\($0.name)>`", HelpText.explain($0)) }, into: &parts)
        let options = command.options.filter { !$0.isHidden }
        table("Option", options.map { ("`\(HelpText.label($0))`", HelpText.explain($0)) }, into: &parts)
        if !command.examples.isEmpty {
            let lines = command.examples.map { "# \($0.purpose)\n\($0.command)" }
            parts.append("```sh\n" + lines.joined(separator: "\n\n") + "\n```\n")
        }
        if command.run != nil {
            let codes = HelpText.exitCodes(of: command).map { ("\($0.code.rawValue)", $0.text) }
            table("Exit code", codes, into: &parts)
        }
        for next in command.visibleSubcommands { describe(path + [next], into: &parts) }
    }

    private func table(_ title: String, _ rows: [(String, String)], into parts: inout [String]) {
        guard !rows.isEmpty else { return }
        let lines = rows.map { "| \(cell($0.0)) | \(cell($0.1)) |" }
        parts.append((["| \(title) | Meaning |", "|---|---|"] + lines).joined(separator: "\n") + "\n")
    }

    /// Indented lines of a discussion are command lines or lists: a block of their own.
    private func prose(_ text: String) -> String {
        var lines: [String] = []
        var isInBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let isIndented = line.first == " "
            if isIndented != isInBlock { lines.append("```") }
            isInBlock = isIndented
            lines.append(String(line))
        }
        if isInBlock { lines.append("```") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `|` ends a cell even inside code, and `<` would begin HTML outside of it.
    private func cell(_ text: String) -> String {
        let piped = text.replacing("|", with: "\\|")
        return text.hasPrefix("`") ? piped : piped.replacing("<", with: "&lt;")
    }
}

extension String {
    fileprivate func replacing(_ character: Character, with text: String) -> String {
        var result = ""
        for each in self { if each == character { result += text } else { result.append(each) } }
        return result
    }
}
