import Millrace
import Testing

@Suite struct ArithmeticExpressionTests {
    /// What a formula gives for some values: the meaning that the feature engine must keep.
    private func evaluate(_ node: ArithmeticExpression.Node, _ values: [String: Double]) -> Double {
        switch node {
        case .number(let value): value
        case .name(let name): values[name] ?? .nan
        case .negate(let operand): -evaluate(operand, values)
        case .binary(let symbol, let left, let right):
            switch symbol {
            case .add: evaluate(left, values) + evaluate(right, values)
            case .subtract: evaluate(left, values) - evaluate(right, values)
            case .multiply: evaluate(left, values) * evaluate(right, values)
            case .divide: evaluate(left, values) / evaluate(right, values)
            }
        case .call(let function, let arguments):
            switch function {
            case .minimum: min(evaluate(arguments[0], values), evaluate(arguments[1], values))
            case .maximum: max(evaluate(arguments[0], values), evaluate(arguments[1], values))
            case .absolute: abs(evaluate(arguments[0], values))
            case .log1p: evaluate(arguments[0], values)
            case .squareRoot: evaluate(arguments[0], values).squareRoot()
            }
        }
    }

    @Test(arguments: [
        ("1 + 2 * 3", 7.0), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("8 / 4 / 2", 1), ("-a * -2", 6), ("--a", 3),
        ("2 - -1", 3), ("max(a, b) - min(a, b)", 1), ("abs(0 - sqrt(16))", 4), ("1.5e2 + .5", 150.5), ("2e-1*10", 2),
    ])
    func `Operators bind as in school`(text: String, value: Double) throws {
        #expect(evaluate(try ArithmeticExpression(text).root, ["a": 3, "b": 4]) == value)
    }

    @Test func `Names are listed once, in their order`() throws {
        #expect(try ArithmeticExpression("b / (a + b) * log1p(c_1)").names == ["b", "a", "c_1"])
    }

    @Test(arguments: [
        ("", "expected a number, a name or '(', found the end (character 1)"),
        ("a +", "expected a number, a name or '(', found the end (character 4)"),
        ("a b", "expected an operator or the end, found 'b' (character 3)"),
        ("(a", "expected ')', found the end (character 3)"), ("1.2.3", "'1.2.3' is not a number (character 1)"),
        ("max(a)", "max takes 2 arguments, found 1 (character 1)"),
        ("sqr(a)", "no function 'sqr'; there are min, max, abs, log1p, sqrt (character 1)"),
        ("a % b", "expected an operator or the end, found '%' (character 3)"),
        ("1e999", "'1e999' is not a number (character 1)"),
    ])
    func `A mistake is named and placed`(text: String, message: String) {
        let error = #expect(throws: ArithmeticExpression.ParseError.self) { try ArithmeticExpression(text) }
        #expect(error?.description == message)
    }

    @Test func `Depth and length are bounded`() {
        #expect(throws: ArithmeticExpression.ParseError.self) {
            try ArithmeticExpression(String(repeating: "(", count: 400) + "1" + String(repeating: ")", count: 400))
        }
        #expect(throws: ArithmeticExpression.ParseError.self) {
            try ArithmeticExpression(String(repeating: "1+", count: 600) + "1")
        }
    }
}
