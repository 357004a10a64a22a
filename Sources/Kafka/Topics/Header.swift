/// A message header. Names may repeat; a value may be missing.
public struct Header: Hashable, Sendable {
    public var name: String
    public var value: [UInt8]?

    public init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    public init(_ name: String, _ value: String) {
        self.init(name, Array(value.utf8))
    }

    /// The value as text, if there is one.
    public var text: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
