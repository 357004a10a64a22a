/// One mistake of a pipeline file: where it is, what was expected, what was found, and what may have been meant.
public struct ConfigurationProblem: Sendable, Equatable, Codable {
    public enum Code: String, Sendable, Codable, CaseIterable {
        /// The file cannot be read.
        case file
        /// Not YAML, or YAML that is not taken: several documents, too deep, too large.
        case syntax
        case duplicateKey = "duplicate-key"
        case unknownKey = "unknown-key"
        case missingKey = "missing-key"
        /// A list where a text belongs, a text where a number belongs.
        case type
        /// The right type, and not a value that is allowed.
        case value
        /// A name of a column or feature that does not exist, or is of an unfit type.
        case reference
        /// Values that are fine alone but not together.
        case conflict
        /// A variable or secret file that is missing.
        case interpolation
    }

    public var code: Code
    public var file: String
    /// From 1, as editors count; nil when the file could not be read at all.
    public var line: Int?
    public var column: Int?
    /// Such as `features[3].key`; empty for the whole file.
    public var path: String
    /// A sentence: what was expected and what was found.
    public var message: String
    public var expected: String?
    public var found: String?
    public var suggestion: String?
    /// The line of the file, as written there (before interpolation); nil when it holds a secret.
    public var sourceLine: String?
    /// Characters of the line, from `column`, that the problem is about.
    public var length: Int

    /// `file:line:column: path: message; did you mean 'x'?`
    public var summary: String {
        var text = file
        if let line { text += ":\(line)" }
        if let line = column, self.line != nil { text += ":\(line)" }
        text += ": "
        if !path.isEmpty { text += path + ": " }
        text += message
        if let suggestion { text += "; did you mean '\(suggestion)'?" }
        return text
    }

    /// The summary, and beneath it the line with the place marked.
    public var rendered: String {
        guard let line, let column, let sourceLine else { return summary }
        let number = String(line)
        let gutter = String(repeating: " ", count: number.count)
        // Tabs stay tabs, so that the mark stands under its place whatever their width.
        let indent = String(sourceLine.prefix(column - 1).map { $0 == "\t" ? "\t" : " " })
        let mark = String(repeating: "^", count: max(1, min(length, sourceLine.count - column + 1)))
        return "\(summary)\n  \(number) | \(sourceLine)\n  \(gutter) | \(indent)\(mark)"
    }
}
