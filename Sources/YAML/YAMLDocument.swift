/// Reads the one document of a text. Built on libyaml's events, because they carry the line and column of every node.
public enum YAMLDocument {
    /// Bounds on what a text may ask for; an alias costs as much as the node that it repeats.
    public struct Limits: Sendable {
        public var bytes = 4 << 20
        /// Collections within collections.
        public var depth = 64
        /// Scalars, keys, sequences and mappings, with every use of an alias counted in full.
        public var nodes = 100_000
        public init() {}
    }

    /// The root node; a plain empty scalar for an empty text.
    /// - Throws: the first mistake, duplicate keys included.
    public static func parse(_ text: String, limits: Limits = .init()) throws(YAMLError) -> Node {
        var duplicates: [YAMLError] = []
        let node = try parse(Array(text.utf8), limits: limits, duplicates: &duplicates)
        if let first = duplicates.first { throw first }
        return node
    }

    /// As above, for a caller that reports every mistake: a duplicate key is added to `duplicates`, and the first of
    /// its entries stays.
    public static func parse(
        _ bytes: [UInt8], limits: Limits = .init(), duplicates: inout [YAMLError]
    ) throws(YAMLError) -> Node {
        guard bytes.count <= limits.bytes else {
            throw YAMLError(
                .limit, "the text has \(bytes.count) bytes; \(limits.bytes) are read at most",
                at: Position(line: 1, column: 1))
        }
        let events = EventReader(bytes)
        var builder = NodeBuilder(events: events, limits: limits)
        defer { duplicates += builder.duplicates }
        return try builder.document()
    }
}
