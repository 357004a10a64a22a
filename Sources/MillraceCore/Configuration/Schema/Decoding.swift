import Foundation
import YAML

/// What the decoding of one file gathers: every mistake, and where everything stands.
struct Decoding {
    private(set) var problems: [ConfigurationProblem] = []
    private(set) var map: SourceMap
    /// Paths whose value was not taken; checks across sections keep silent about them.
    private(set) var broken: Set<String> = []
    /// For each list, the positions in the file of the members that were taken.
    var members: [String: [Int]] = [:]
    /// The keys of each mapping as they stand in the file, taken or not.
    private(set) var keys: [String: [String]] = [:]
    /// Of texts without a zone; settled before anything else is read.
    var timeZone = TimeZone(secondsFromGMT: 0)!

    /// As `events.time` declares it; a column of the same name may repeat it.
    var timeFormat: TimeFormat?

    init(map: SourceMap) {
        self.map = map
    }

    // MARK: Places

    mutating func place(_ path: String, entry: SourceNode.Entry) {
        place(path, start: entry.keyStart, end: entry.keyEnd, node: entry.value)
    }

    mutating func place(_ path: String, _ node: SourceNode) {
        place(path, start: node.start, end: node.end, node: node)
    }

    private mutating func place(_ path: String, start: Position, end: Position, node: SourceNode) {
        let length = start.line == end.line ? end.column - start.column : 1
        let valueLength = node.start.line == node.end.line ? node.end.column - node.start.column : 1
        map.places[path] = SourceMap.Place(
            line: start.line, column: start.column, length: length, valueLine: node.start.line,
            valueColumn: node.start.column, valueLength: valueLength)
        if case .mapping(let entries) = node.content { keys[path] = entries.map(\.key) }
    }

    mutating func hide(_ node: SourceNode) {
        map.hiddenLines.formUnion(node.start.line...max(node.start.line, node.end.line))
    }

    // MARK: Problems

    /// "expected …, found …", at a value.
    mutating func mismatch(
        _ code: ConfigurationProblem.Code = .value, at path: String, _ node: SourceNode, expected: String,
        suggestion: String? = nil
    ) {
        broken.insert(path)
        let found = node.description
        problems.append(
            map.problem(
                code, path: path, "expected \(expected), found \(found)", expected: expected, found: found,
                suggestion: suggestion, line: node.start.line, column: node.start.column,
                length: node.start.line == node.end.line ? node.end.column - node.start.column : 1))
    }

    /// Any sentence about a key.
    mutating func problem(
        _ code: ConfigurationProblem.Code, at path: String, _ message: String, suggestion: String? = nil,
        key entry: SourceNode.Entry
    ) {
        problems.append(
            map.problem(
                code, path: path, message, suggestion: suggestion, line: entry.keyStart.line,
                column: entry.keyStart.column, length: entry.keyEnd.column - entry.keyStart.column))
    }

    /// Any sentence about the value at a path, or about the nearest place that the file has.
    mutating func problem(
        _ code: ConfigurationProblem.Code, at path: String, _ message: String, suggestion: String? = nil
    ) {
        broken.insert(path)
        problems.append(map.problem(code, at: path, message, suggestion: suggestion))
    }

    mutating func add(_ problem: ConfigurationProblem) {
        problems.append(problem)
    }

    mutating func markBroken(_ path: String) {
        broken.insert(path)
    }

    /// Whether the value at a path, or something in it, was not taken.
    func isBroken(_ path: String) -> Bool {
        broken.contains { $0 == path || $0.hasPrefix(path + ".") || $0.hasPrefix(path + "[") }
    }

    /// The names of list entries that were not taken, as far as they have one.
    var brokenNames: Set<String> = []

    /// The path of the n-th member that was taken of a list.
    func path(_ list: String, member: Int) -> String {
        "\(list)[\(members[list]?[member] ?? member)]"
    }

    static func path(_ parent: String, key: String) -> String {
        let isSimple = !key.isEmpty && key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
        if !isSimple { return "\(parent)[\(JSONText.quote(key))]" }
        return parent.isEmpty ? key : "\(parent).\(key)"
    }
}
