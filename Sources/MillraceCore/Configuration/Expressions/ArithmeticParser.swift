/// Recursive descent over the characters of a formula.
struct ArithmeticParser {
    typealias Node = ArithmeticExpression.Node
    typealias ParseError = ArithmeticExpression.ParseError

    private let characters: [Character]
    private var position = 0
    private var depth = 0

    init(_ text: String) {
        characters = Array(text)
    }

    mutating func parse() throws(ParseError) -> Node {
        guard characters.count <= 1000 else { throw ParseError(message: "longer than 1000 characters", offset: 1000) }
        let node = try sum()
        skipSpaces()
        if position < characters.count { throw unexpected("an operator or the end") }
        return node
    }

    private mutating func sum() throws(ParseError) -> Node {
        depth += 1
        defer { depth -= 1 }
        guard depth <= 50 else { throw ParseError(message: "nested more than 50 deep", offset: position) }
        var node = try product()
        while let symbol = take("+-") {
            node = .binary(symbol == "+" ? .add : .subtract, node, try product())
        }
        return node
    }

    private mutating func product() throws(ParseError) -> Node {
        var node = try factor()
        while let symbol = take("*/") {
            node = .binary(symbol == "*" ? .multiply : .divide, node, try factor())
        }
        return node
    }

    private mutating func factor() throws(ParseError) -> Node {
        var isNegative = false
        while let sign = take("+-") { isNegative = isNegative != (sign == "-") }
        let node = try atom()
        return isNegative ? .negate(node) : node
    }

    private mutating func atom() throws(ParseError) -> Node {
        skipSpaces()
        guard position < characters.count else { throw unexpected("a number, a name or '('") }
        let first = characters[position]
        if first == "(" {
            position += 1
            let node = try sum()
            guard take(")") != nil else { throw unexpected("')'") }
            return node
        }
        if Self.isDigit(first) || first == "." { return try number() }
        if Self.isLetter(first) { return try nameOrCall() }
        throw unexpected("a number, a name or '('")
    }

    private mutating func number() throws(ParseError) -> Node {
        let start = position
        while position < characters.count {
            let character = characters[position]
            let isExponentSign =
                (character == "-" || character == "+") && "eE".contains(characters[position - 1]) && position > start
            guard Self.isDigit(character) || character == "." || character == "e" || character == "E" || isExponentSign
            else { break }
            position += 1
        }
        let text = String(characters[start..<position])
        guard let value = Double(text), value.isFinite else {
            throw ParseError(message: "'\(text)' is not a number", offset: start)
        }
        return .number(value)
    }

    private mutating func nameOrCall() throws(ParseError) -> Node {
        let start = position
        while position < characters.count, Self.isLetter(characters[position]) || Self.isDigit(characters[position]) {
            position += 1
        }
        let name = String(characters[start..<position])
        guard take("(") != nil else { return .name(name) }
        guard let function = ArithmeticExpression.Function(rawValue: name) else {
            let known = ArithmeticExpression.Function.allCases.map(\.rawValue)
            throw ParseError(
                message: "no function '\(name)'; there are \(known.joined(separator: ", "))", offset: start,
                suggestion: Spelling.nearest(to: name, among: known))
        }
        var arguments = [try sum()]
        while take(",") != nil { arguments.append(try sum()) }
        guard take(")") != nil else { throw unexpected("',' or ')'") }
        guard arguments.count == function.argumentCount else {
            throw ParseError(
                message: "\(name) takes \(function.argumentCount) argument\(function.argumentCount == 1 ? "" : "s"), "
                    + "found \(arguments.count)", offset: start)
        }
        return .call(function, arguments)
    }

    private mutating func take(_ allowed: String) -> Character? {
        skipSpaces()
        guard position < characters.count, allowed.contains(characters[position]) else { return nil }
        defer { position += 1 }
        return characters[position]
    }

    private mutating func skipSpaces() {
        while position < characters.count, characters[position].isWhitespace { position += 1 }
    }

    private func unexpected(_ expected: String) -> ParseError {
        let found = position < characters.count ? "'\(characters[position])'" : "the end"
        return ParseError(message: "expected \(expected), found \(found)", offset: position)
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }
    private static func isLetter(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character == "_")
    }
}
