/// The formula of an `arithmetic` feature: `+ - * / ( )`, numbers, names, and functions of names and numbers, with the
/// precedence of school. Parsed here, compiled and evaluated by the feature engine.
public struct ArithmeticExpression: Sendable, Hashable {
    public enum Operator: String, Sendable, Hashable, CaseIterable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
    }

    public enum Function: String, Sendable, Hashable, CaseIterable {
        case minimum = "min"
        case maximum = "max"
        case absolute = "abs"
        /// ln(1 + x), exact for small x.
        case log1p
        case squareRoot = "sqrt"

        public var argumentCount: Int {
            switch self {
            case .minimum, .maximum: 2
            case .absolute, .log1p, .squareRoot: 1
            }
        }
    }

    public indirect enum Node: Sendable, Hashable {
        case number(Double)
        /// An earlier feature or, where there is none of the name, a column.
        case name(String)
        case negate(Node)
        case binary(Operator, Node, Node)
        case call(Function, [Node])
    }

    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        public var message: String
        /// Characters before the place of the mistake.
        public var offset: Int
        public var suggestion: String?
        public var description: String { "\(message) (character \(offset + 1))" }
    }

    public let root: Node

    /// - Throws: for a text that is no formula, is longer than 1,000 characters or is nested more than 50 deep.
    public init(_ text: String) throws(ParseError) {
        var parser = ArithmeticParser(text)
        root = try parser.parse()
    }

    /// The names that it reads, each once, in the order in which they first stand.
    public var names: [String] {
        var result: [String] = []
        func visit(_ node: Node) {
            switch node {
            case .number: break
            case .name(let name): if !result.contains(name) { result.append(name) }
            case .negate(let operand): visit(operand)
            case .binary(_, let left, let right):
                visit(left)
                visit(right)
            case .call(_, let arguments): arguments.forEach(visit)
            }
        }
        visit(root)
        return result
    }
}
