/// Values that were read from bytes before. Messages and footers are read by many, and again in each life of theirs: what
/// depends on the bytes alone need not be made twice.
///
/// `@unchecked Sendable`: it lives in a world in which one thread runs.
public final class Memory: @unchecked Sendable {
    private struct Key: Hashable {
        var type: ObjectIdentifier
        var variant: Int
        var bytes: [UInt8]

        func hash(into hasher: inout Hasher) {
            hasher.combine(type)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    private var values: [Key: Any] = [:]

    /// - Parameter variant: tells ways of reading apart.
    public func value<Value>(
        of type: Value.Type, from bytes: [UInt8], variant: Int, make: () throws -> Value
    ) rethrows -> Value {
        let key = Key(type: ObjectIdentifier(type), variant: variant, bytes: bytes)
        if let known = values[key] as? Value { return known }
        let value = try make()
        values[key] = value
        return value
    }
}
