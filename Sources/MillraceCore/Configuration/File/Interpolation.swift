import YAML

/// Puts variables and secret files into the scalars of a file: `${NAME}`, `${NAME:-default}`, `${file:/path}`; `$$` is
/// a dollar sign. What is put in is not looked at again.
struct Interpolation {
    struct Failure {
        var message: String
        var suggestion: String?
        var position: Position
        var length: Int
    }

    let environment: [String: String]
    private(set) var failures: [Failure] = []
    /// Where variables or files were missing: what is said of those values beyond that means nothing.
    private(set) var incomplete: Set<Position> = []
    private(set) var secretPlaces: Set<Position> = []
    private(set) var secrets: Set<String> = []

    init(environment: [String: String]) {
        self.environment = environment
    }

    mutating func apply(_ node: Node) -> SourceNode {
        let content: SourceNode.Content =
            switch node.content {
            case .scalar(let scalar): .scalar(text(scalar, node))
            case .sequence(let nodes): .sequence(nodes.map { apply($0) })
            case .mapping(let entries):
                .mapping(
                    entries.map {
                        SourceNode.Entry(
                            key: $0.key, keyStart: $0.keyStart, keyEnd: $0.keyEnd, value: apply($0.value))
                    })
            }
        return SourceNode(content: content, start: node.start, end: node.end)
    }

    private mutating func text(_ scalar: Scalar, _ node: Node) -> SourceNode.Text {
        var result = SourceNode.Text(text: scalar.text, isPlain: scalar.isPlain)
        guard scalar.text.contains("$") else { return result }
        result.text = ""
        let count = failures.count
        var rest = Substring(scalar.text)
        while let dollar = rest.firstIndex(of: "$") {
            result.text += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$$") {
                result.text += "$"
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("${") {
                guard let close = rest.firstIndex(of: "}") else {
                    fail("'${' without its '}' (a dollar sign itself is written $$)", node)
                    break
                }
                let reference = rest[rest.index(rest.startIndex, offsetBy: 2)..<close]
                rest = rest[rest.index(after: close)...]
                result.isInterpolated = true
                result.text += value(of: reference, node, isSecret: &result.isSecret)
            } else {
                result.text += "$"
                rest = rest.dropFirst()
            }
        }
        result.text += rest
        if failures.count > count { incomplete.insert(node.start) }
        if result.isSecret {
            secretPlaces.insert(node.start)
            secrets.insert(result.text)
        }
        return result
    }

    private mutating func value(of reference: Substring, _ node: Node, isSecret: inout Bool) -> String {
        if reference.hasPrefix("file:") {
            isSecret = true
            return secret(String(reference.dropFirst(5)), node)
        }
        var name = reference
        var fallback: Substring?
        if let split = reference.firstRange(of: ":-") {
            name = reference[..<split.lowerBound]
            fallback = reference[split.upperBound...]
        }
        guard let first = name.utf8.first, first == UInt8(ascii: "_") || Character(UnicodeScalar(first)).isLetter,
            name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") })
        else {
            fail("'${\(reference)}' is none of ${NAME}, ${NAME:-default} and ${file:/path}", node)
            return ""
        }
        if let value = environment[String(name)], !(value.isEmpty && fallback != nil) { return value }
        if let fallback { return String(fallback) }
        fail(
            "the environment variable \(name) is not set; set it, or write ${\(name):-default}", node,
            suggestion: Spelling.nearest(to: String(name), among: environment.keys.sorted()))
        return ""
    }

    private mutating func secret(_ path: String, _ node: Node) -> String {
        do throws(FileError) {
            let bytes = try DurableFile.read(path, limit: 1 << 20)
            guard var text = String(validating: bytes, as: UTF8.self) else {
                fail("the secret file \(path) is not UTF-8 text", node)
                return ""
            }
            if text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
            secrets.insert(text)
            return text
        } catch {
            fail("\(error.message) (named by ${file:…})", node)
            return ""
        }
    }

    private mutating func fail(_ message: String, _ node: Node, suggestion: String? = nil) {
        let length = node.start.line == node.end.line ? node.end.column - node.start.column : 1
        failures.append(Failure(message: message, suggestion: suggestion, position: node.start, length: length))
    }
}
