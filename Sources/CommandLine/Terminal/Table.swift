/// Rows under headings, aligned: text to the left, numbers to the right.
///
/// On a terminal headings are bold, cells have their colours, and the widest text column gives way when a line would not
/// fit. Piped, it is the same text without styles and never cut, so that `grep` and `awk` see everything.
public struct Table: Sendable {
    public struct Cell: Sendable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
        public var text: String
        public var emphasis: Emphasis

        public init(_ text: String, _ emphasis: Emphasis = .none) {
            self.text = Self.printable(text)
            self.emphasis = emphasis
        }

        /// Strangers choose names of groups and clients: none of them moves the cursor, or begins a line.
        private static func printable(_ text: String) -> String {
            func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 32 || (127..<160).contains(scalar.value) }
            guard text.unicodeScalars.contains(where: isControl) else { return text }
            return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
        }

        public init(stringLiteral value: String) { self.init(value) }
    }

    public var headings: [String]
    public private(set) var rows: [[Cell]] = []

    public init(_ headings: [String]) { self.headings = headings }

    /// Appends a row; missing cells are empty.
    public mutating func add(_ cells: [Cell]) {
        precondition(cells.count <= headings.count, "a row has more cells than the table has headings")
        rows.append(cells + Array(repeating: Cell(""), count: headings.count - cells.count))
    }

    public mutating func add(_ cells: Cell...) { add(cells) }

    /// The lines, each with its end.
    public func rendered(on console: Console) -> String {
        rendered(style: console.style, limit: console.outputIsTerminal ? console.width : nil)
    }

    func rendered(style: Style, limit: Int?) -> String {
        var widths = headings.indices.map { column in
            max(headings[column].count, rows.map { $0[column].text.count }.max() ?? 0)
        }
        let isNumeric = headings.indices.map { column in
            let filled = rows.map { $0[column].text }.filter { !$0.isEmpty && $0 != "-" && $0 != "–" }
            return !filled.isEmpty && filled.allSatisfy(Table.looksNumeric)
        }
        if let limit {
            let excess = widths.reduce(0, +) + 2 * (widths.count - 1) - limit
            let widest = widths.indices.filter { !isNumeric[$0] }.max { widths[$0] < widths[$1] }
            if excess > 0, let widest { widths[widest] = max(min(8, widths[widest]), widths[widest] - excess) }
        }
        let heading = line(headings.map { Cell($0, .strong) }, widths, isNumeric, style)
        return ([heading] + rows.map { line($0, widths, isNumeric, style) }).map { $0 + "\n" }.joined()
    }

    private func line(_ cells: [Cell], _ widths: [Int], _ isNumeric: [Bool], _ style: Style) -> String {
        var text = ""
        for (column, cell) in cells.enumerated() {
            let shown = cell.text.count > widths[column] ? cell.text.prefix(widths[column] - 1) + "…" : cell.text[...]
            let padding = String(repeating: " ", count: widths[column] - shown.count)
            let styled = style.apply(cell.emphasis, to: String(shown))
            if column > 0 { text += "  " }
            // No blanks at the end of a line.
            let isLast = column == cells.count - 1
            text += isNumeric[column] ? padding + styled : styled + (isLast ? "" : padding)
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    /// A number with its sign, grouping and a unit of a few letters: `-3`, `1,754,155`, `0.84 %`, `12.4k/s`, `1h 30m`.
    static func looksNumeric(_ text: String) -> Bool {
        let body = text.drop { $0 == "-" || $0 == "+" || $0 == "<" || $0 == "~" }
        guard let first = body.first, first.isASCII, first.isNumber else { return false }
        var letters = 0
        for character in body {
            if character.isNumber || ".,: %/".contains(character) {
                letters = 0
            } else if character.isLetter {
                letters += 1
                if letters > 3 { return false }
            } else {
                return false
            }
        }
        return true
    }
}
