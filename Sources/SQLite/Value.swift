/// A value of a column.
public enum Value: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)

    public var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    public var text: String? { if case .text(let value) = self { value } else { nil } }
    /// A whole number counts as one: SQLite may store 2.0 as 2.
    public var real: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        case .null, .text: nil
        }
    }
}

/// What can be bound to a statement's parameter.
public protocol Bindable: Sendable {
    var value: Value { get }
}

extension Value: Bindable { public var value: Value { self } }
extension Int: Bindable { public var value: Value { .integer(Int64(self)) } }
extension Int32: Bindable { public var value: Value { .integer(Int64(self)) } }
extension Int64: Bindable { public var value: Value { .integer(self) } }
extension Double: Bindable { public var value: Value { .real(self) } }
extension String: Bindable { public var value: Value { .text(self) } }
extension Bool: Bindable { public var value: Value { .integer(self ? 1 : 0) } }
extension Optional: Bindable where Wrapped: Bindable { public var value: Value { self?.value ?? .null } }
