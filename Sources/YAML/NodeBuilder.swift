/// Makes nodes of events, and refuses what a document must not hold.
struct NodeBuilder {
    private(set) var duplicates: [YAMLError] = []

    private let events: EventReader
    private let limits: YAMLDocument.Limits
    /// Nil while the node of an anchor is still being read: an alias to it would hold itself.
    private var anchors: [String: Node?] = [:]
    private var weight = 0

    init(events: EventReader, limits: YAMLDocument.Limits) {
        self.events = events
        self.limits = limits
    }

    mutating func document() throws(YAMLError) -> Node {
        var root: Node?
        while true {
            let event = try events.next()
            switch event.kind {
            case .streamEnd:
                let start = Position(line: 1, column: 1)
                return root ?? Node(.scalar(Scalar("")), start: start, end: start)
            case .documentStart:
                if root != nil {
                    throw YAMLError(.documents, "a second document begins here; one is expected", at: event.start)
                }
                root = try node(try events.next(), depth: 1)
            default: break
            }
        }
    }

    private mutating func node(_ event: EventReader.Event, depth: Int) throws(YAMLError) -> Node {
        guard depth <= limits.depth else {
            throw YAMLError(.limit, "nested more than \(limits.depth) levels deep", at: event.start)
        }
        if case .alias(let name) = event.kind { return try alias(name, event, depth: depth) }
        try count(1, at: event.start)
        if let anchor = event.anchor { anchors[anchor] = .some(nil) }
        let node: Node
        switch event.kind {
        case .scalar(let scalar): node = Node(.scalar(scalar), start: event.start, end: event.end)
        case .sequenceStart: node = try sequence(event, depth: depth)
        case .mappingStart: node = try mapping(event, depth: depth)
        default: throw YAMLError(.syntax, "expected a value", at: event.start)
        }
        if let anchor = event.anchor { anchors[anchor] = node }
        return node
    }

    private mutating func alias(_ name: String, _ event: EventReader.Event, depth: Int) throws(YAMLError) -> Node {
        guard let anchor = anchors[name] else {
            throw YAMLError(.alias, "no anchor '&\(name)' before this alias", at: event.start)
        }
        guard let node = anchor else {
            throw YAMLError(.alias, "the alias '*\(name)' stands within its own anchor", at: event.start)
        }
        try count(node.weight, at: event.start)
        guard depth + node.height - 1 <= limits.depth else {
            throw YAMLError(.limit, "nested more than \(limits.depth) levels deep", at: event.start)
        }
        return node
    }

    private mutating func sequence(_ start: EventReader.Event, depth: Int) throws(YAMLError) -> Node {
        var nodes: [Node] = []
        while true {
            let event = try events.next()
            if case .end = event.kind { return Node(.sequence(nodes), start: start.start, end: event.end) }
            nodes.append(try node(event, depth: depth + 1))
        }
    }

    private mutating func mapping(_ start: EventReader.Event, depth: Int) throws(YAMLError) -> Node {
        var entries: [Node.Entry] = []
        var seen: [String: Position] = [:]
        while true {
            let event = try events.next()
            if case .end = event.kind { return Node(.mapping(entries), start: start.start, end: event.end) }
            let key = try node(event, depth: depth + 1)
            guard let text = key.scalar?.text else {
                throw YAMLError(.key, "expected a simple key, found a collection", at: key.start)
            }
            let value = try node(try events.next(), depth: depth + 1)
            if let first = seen[text] {
                duplicates.append(
                    YAMLError(
                        .duplicateKey,
                        "the key '\(text)' stands here a second time; it is on line \(first.line) already",
                        at: event.start, length: max(1, event.end.column - event.start.column)))
            } else {
                seen[text] = event.start
                entries.append(Node.Entry(key: text, keyStart: event.start, keyEnd: event.end, value: value))
            }
        }
    }

    private mutating func count(_ more: Int, at position: Position) throws(YAMLError) {
        weight += more
        guard weight <= limits.nodes else {
            throw YAMLError(.limit, "more than \(limits.nodes) values, aliases counted in full", at: position)
        }
    }
}
