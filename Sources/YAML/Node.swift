/// A place in a text, as editors count: the first line and the first character of a line are 1.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    public static func < (a: Position, b: Position) -> Bool { (a.line, a.column) < (b.line, b.column) }
    public var description: String { "\(line):\(column)" }
}

/// A value of a YAML document and where it stands. An alias is the node it refers to, standing where that one stands.
public struct Node: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
        case scalar(Scalar)
        case sequence([Node])
        case mapping([Entry])
    }

    /// One key of a mapping; keys are scalars, and unlike one another.
    public struct Entry: Sendable, Equatable {
        public var key: String
        public var keyStart: Position
        public var keyEnd: Position
        public var value: Node

        public init(key: String, keyStart: Position, keyEnd: Position, value: Node) {
            self.key = key
            self.keyStart = keyStart
            self.keyEnd = keyEnd
            self.value = value
        }
    }

    public var content: Content
    public var start: Position
    /// One past the last character.
    public var end: Position
    /// Scalars, sequences and mappings in this node, itself included, aliases counted as often as they are used.
    public var weight: Int
    /// 1 for a scalar, one more than its deepest member for a collection.
    public var height: Int

    public init(_ content: Content, start: Position, end: Position) {
        self.content = content
        self.start = start
        self.end = end
        switch content {
        case .scalar: (weight, height) = (1, 1)
        case .sequence(let nodes):
            weight = nodes.reduce(1) { $0 + $1.weight }
            height = 1 + (nodes.map(\.height).max() ?? 0)
        case .mapping(let entries):
            weight = entries.reduce(1) { $0 + 1 + $1.value.weight }
            height = 1 + (entries.map(\.value.height).max() ?? 0)
        }
    }

    public var scalar: Scalar? {
        if case .scalar(let scalar) = content { scalar } else { nil }
    }

    public var sequence: [Node]? {
        if case .sequence(let nodes) = content { nodes } else { nil }
    }

    public var mapping: [Entry]? {
        if case .mapping(let entries) = content { entries } else { nil }
    }

    /// The value of a key; nil when there is none or this is not a mapping.
    public subscript(key: String) -> Node? {
        mapping?.first { $0.key == key }?.value
    }
}
