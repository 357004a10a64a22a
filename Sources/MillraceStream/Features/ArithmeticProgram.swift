import MillraceCore
import Foundation

/// A formula as instructions for a stack. Division by zero, a logarithm or a root of what has none are missing; so is
/// everything made of what is missing.
struct ArithmeticProgram: Sendable {
    enum Source: Sendable, Equatable {
        case feature(Int)
        case column(Int, ColumnType)
    }

    private enum Instruction: Sendable {
        case push(Double)
        case load(Source)
        case negate
        case binary(ArithmeticExpression.Operator)
        case call(ArithmeticExpression.Function)
    }

    private var instructions: [Instruction] = []
    private(set) var depth = 0

    /// - Parameter resolve: what a name means; nil for a name that means nothing.
    init(_ expression: ArithmeticExpression, resolve: (String) throws(DatasetError) -> Source) throws(DatasetError) {
        try compile(expression.root, depth: 1, resolve)
    }

    private mutating func compile(
        _ node: ArithmeticExpression.Node, depth level: Int, _ resolve: (String) throws(DatasetError) -> Source
    ) throws(DatasetError) {
        depth = max(depth, level)
        switch node {
        case .number(let value): instructions.append(.push(value))
        case .name(let name): instructions.append(.load(try resolve(name)))
        case .negate(let operand):
            try compile(operand, depth: level, resolve)
            instructions.append(.negate)
        case .binary(let operation, let left, let right):
            try compile(left, depth: level, resolve)
            try compile(right, depth: level + 1, resolve)
            instructions.append(.binary(operation))
        case .call(let function, let arguments):
            for (index, argument) in arguments.enumerated() { try compile(argument, depth: level + index, resolve) }
            instructions.append(.call(function))
        }
    }

    /// - Parameters:
    ///   - stack: room for `depth` values.
    ///   - features: the row's features, of which earlier ones are there.
    ///   - cell: the row's cell of a column.
    @inline(__always)
    func evaluate(
        stack: UnsafeMutablePointer<Double>, features: UnsafePointer<Double>, cell: (Int) -> UInt64
    ) -> Double {
        var top = -1
        for instruction in instructions {
            switch instruction {
            case .push(let value):
                top += 1
                stack[top] = value
            case .load(.feature(let index)):
                top += 1
                stack[top] = features[index]
            case .load(.column(let index, let type)):
                top += 1
                stack[top] = NumericCell.double(cell(index), type: type)
            case .negate: stack[top] = -stack[top]
            case .binary(let operation):
                top -= 1
                let (left, right) = (stack[top], stack[top + 1])
                stack[top] =
                    switch operation {
                    case .add: left + right
                    case .subtract: left - right
                    case .multiply: left * right
                    case .divide: right == 0 ? .nan : left / right
                    }
            case .call(.minimum), .call(.maximum):
                top -= 1
                let (left, right) = (stack[top], stack[top + 1])
                var isMinimum = false
                if case .call(.minimum) = instruction { isMinimum = true }
                stack[top] =
                    left.isNaN || right.isNaN ? .nan : isMinimum ? Swift.min(left, right) : Swift.max(left, right)
            case .call(.absolute): stack[top] = abs(stack[top])
            case .call(.log1p): stack[top] = stack[top] > -1 ? log1p(stack[top]) : .nan
            case .call(.squareRoot): stack[top] = stack[top] < 0 ? .nan : stack[top].squareRoot()
            }
        }
        // Infinities are what a trainer refuses.
        return stack[0].isFinite ? stack[0] : .nan
    }
}
