/// Where the keys and values of a pipeline file stand, so that a check made later can cite the line.
public struct SourceMap: Sendable, Equatable {
    /// A key and its value; members of a list have no key.
    public struct Place: Sendable, Equatable {
        public var line: Int
        public var column: Int
        /// Characters of the line from `column`.
        public var length: Int
        /// Where the value begins, which for a block is the line after its key.
        public var valueLine: Int
        public var valueColumn: Int
        public var valueLength: Int
    }

    public var file: String
    public internal(set) var places: [String: Place] = [:]
    var lines: [Substring]
    /// Lines with a secret written out.
    var hiddenLines: Set<Int> = []

    init(file: String, text: String) {
        self.file = file
        lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The place of a path such as `features[3].key`, or of the nearest thing around it that the file has.
    public func place(_ path: String) -> Place? {
        var path = Substring(path)
        while true {
            if let place = places[String(path)] { return place }
            guard let cut = path.lastIndex(where: { $0 == "." || $0 == "[" }) else { return places[""] }
            path = path[..<cut]
        }
    }

    /// A problem found after loading, placed at a path of the file.
    // Not inlined: the optimiser of Swift 6.3.1 ends with a failed assertion where it is (copy propagation of the place).
    @inline(never)
    public func problem(
        _ code: ConfigurationProblem.Code, at path: String, _ message: String, suggestion: String? = nil
    ) -> ConfigurationProblem {
        let place = place(path)
        let isExact = places[path] != nil
        return problem(
            code, path: path, message, suggestion: suggestion, line: isExact ? place?.valueLine : place?.line,
            column: isExact ? place?.valueColumn : place?.column, length: isExact ? place?.valueLength : place?.length)
    }

    func problem(
        _ code: ConfigurationProblem.Code, path: String, _ message: String, expected: String? = nil,
        found: String? = nil, suggestion: String? = nil, line: Int?, column: Int?, length: Int?
    ) -> ConfigurationProblem {
        var sourceLine: String?
        if let line, lines.indices.contains(line - 1), !hiddenLines.contains(line) {
            sourceLine = String(lines[line - 1])
        }
        return ConfigurationProblem(
            code: code, file: file, line: line, column: column, path: path, message: message, expected: expected,
            found: found, suggestion: suggestion, sourceLine: sourceLine, length: length ?? 1)
    }
}
