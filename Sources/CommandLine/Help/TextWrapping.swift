/// Breaks text between words so that no line is wider than a terminal.
enum TextWrapping {
    /// One paragraph: the first line indented by `indent`, the others by `hanging`. A word longer than a line keeps one.
    static func wrap(_ text: String, width: Int, indent: Int = 0, hanging: Int = 0) -> String {
        var lines: [String] = []
        var line = String(repeating: " ", count: indent)
        var used = indent
        var isEmpty = true
        for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            if !isEmpty && used + 1 + word.count > width {
                lines.append(line)
                line = String(repeating: " ", count: hanging)
                used = hanging
                isEmpty = true
            }
            if !isEmpty {
                line += " "
                used += 1
            }
            line += word
            used += word.count
            isEmpty = false
        }
        lines.append(line)
        return lines.joined(separator: "\n")
    }

    /// Paragraphs parted by empty lines. Lines that begin with a blank are kept as they are: lists, command lines.
    static func paragraphs(_ text: String, width: Int) -> String {
        var blocks: [String] = []
        var open: [Substring] = []
        func close() {
            guard !open.isEmpty else { return }
            blocks.append(wrap(open.joined(separator: " "), width: width))
            open = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                close()
                blocks.append("")
            } else if line.first == " " {
                close()
                blocks.append(String(line))
            } else {
                open.append(line)
            }
        }
        close()
        return blocks.joined(separator: "\n") + "\n"
    }
}
