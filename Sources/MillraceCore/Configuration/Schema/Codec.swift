/// How one type of value is read from a file, written in canonical form, and described.
struct Codec<Value: Sendable>: Sendable {
    var shape: Shape
    /// Nil, with a problem reported, when the node is not such a value.
    var decode: @Sendable (SourceNode, String, inout Decoding) -> Value?
    var encode: @Sendable (Value) -> ConfigurationValue

    /// For a value that is made of another one. `into` reports its own problems.
    func map<Other: Sendable>(
        _ into: @escaping @Sendable (Value, SourceNode, String, inout Decoding) -> Other?,
        from: @escaping @Sendable (Other) -> Value
    ) -> Codec<Other> {
        Codec<Other>(
            shape: shape,
            decode: { node, path, decoding in
                guard let value = decode(node, path, &decoding) else { return nil }
                guard let other = into(value, node, path, &decoding) else {
                    decoding.markBroken(path)
                    return nil
                }
                return other
            },
            encode: { encode(from($0)) })
    }

    /// A scalar whose text is read by `parse`; with `typed`, quotes around a variable do not make it a text.
    static func scalar(
        _ shape: ScalarShape, expected: String,
        parse: @escaping @Sendable (SourceNode.Text) -> Value?, format: @escaping @Sendable (Value) -> String
    ) -> Codec {
        Codec(
            shape: .scalar(shape),
            decode: { node, path, decoding in
                guard case .scalar(let scalar) = node.content else {
                    decoding.mismatch(.type, at: path, node, expected: expected)
                    return nil
                }
                guard let value = parse(scalar) else {
                    decoding.mismatch(
                        at: path, node, expected: expected,
                        suggestion: scalar.isSecret ? nil : Spelling.nearest(to: scalar.text, among: shape.allowed))
                    return nil
                }
                return value
            },
            encode: { .scalar(format($0)) })
    }
}

extension Codec {
    static func section(_ section: Section<Value>) -> Codec {
        Codec(
            shape: .section(section.shape), decode: { section.decode($0, $1, &$2) }, encode: { section.encode($0) })
    }

    /// A list; with `orSingle`, a lone member may stand without brackets.
    static func list<Member: Sendable>(
        of member: Codec<Member>, orSingle: Bool = false, minimum: Int = 0
    ) -> Codec where Value == [Member] {
        Codec(
            shape: .list(member.shape, orSingle: orSingle),
            decode: { node, path, decoding in
                let nodes: [SourceNode]
                var isLone = false
                switch node.content {
                case .sequence(let members): nodes = members
                case .scalar where orSingle && !node.isNull: (nodes, isLone) = ([node], true)
                default:
                    decoding.mismatch(.type, at: path, node, expected: "a list of \(member.shape.name)s")
                    return nil
                }
                if nodes.count < minimum {
                    decoding.mismatch(at: path, node, expected: "at least \(minimum) \(member.shape.name)")
                    return nil
                }
                var values: [Member] = []
                var taken: [Int] = []
                for (index, node) in nodes.enumerated() {
                    let memberPath = isLone ? path : "\(path)[\(index)]"
                    if !isLone { decoding.place(memberPath, node) }
                    if let value = member.decode(node, memberPath, &decoding) {
                        values.append(value)
                        taken.append(index)
                    } else {
                        decoding.markBroken(memberPath)
                        if case .scalar(let name)? = node["name"]?.content { decoding.brokenNames.insert(name.text) }
                    }
                }
                if !isLone { decoding.members[path] = taken }
                return values
            },
            encode: { .list($0.map(member.encode)) })
    }

    /// A mapping whose keys are the author's, in the file's order.
    static func map<Key: Sendable, Member: Sendable>(
        keys: Codec<Key>, of member: Codec<Member>
    ) -> Codec where Value == [(key: Key, value: Member)] {
        Codec(
            shape: .map(keys: keys.shape.name, values: member.shape),
            decode: { node, path, decoding in
                guard case .mapping(let entries) = node.content else {
                    decoding.mismatch(.type, at: path, node, expected: "a mapping of \(keys.shape.name)s")
                    return nil
                }
                var values: Value = []
                for entry in entries {
                    let entryPath = Decoding.path(path, key: entry.key)
                    decoding.place(entryPath, entry: entry)
                    let keyNode = SourceNode(
                        content: .scalar(.init(text: entry.key, isPlain: true)), start: entry.keyStart,
                        end: entry.keyEnd)
                    let key = keys.decode(keyNode, entryPath, &decoding)
                    let value = member.decode(entry.value, entryPath, &decoding)
                    if let key, let value {
                        values.append((key, value))
                    } else {
                        decoding.markBroken(entryPath)
                    }
                }
                return values
            },
            encode: { entries in
                .mapping(entries.map { .init(key: keys.encode($0.key).text, value: member.encode($0.value)) })
            })
    }

    /// Either a scalar that stands for the whole, or the whole.
    static func either(scalar short: Codec, else long: Codec) -> Codec {
        Codec(
            shape: .either([short.shape, long.shape]),
            decode: { node, path, decoding in
                if case .scalar = node.content { return short.decode(node, path, &decoding) }
                return long.decode(node, path, &decoding)
            },
            encode: { long.encode($0) })
    }

    /// A word that stands for nil, which is the default of the setting.
    func orKeyword(_ keyword: String) -> Codec<Value?> {
        let word = ScalarShape(name: "`\(keyword)`", json: [("const", .string(keyword))], allowed: [keyword])
        return Codec<Value?>(
            shape: .either([shape, .scalar(word)]),
            decode: { node, path, decoding in
                if case .scalar(let scalar) = node.content, scalar.text == keyword { return .some(nil) }
                return decode(node, path, &decoding).map { .some($0) }
            },
            encode: { $0.map(encode) ?? .scalar(keyword) })
    }
}
