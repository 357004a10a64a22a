/// A mapping with declared keys, which becomes a Swift value key by key.
struct Section<Root: Sendable>: Sendable {
    /// The value before any key is read: where defaults come from. Of required keys it holds whatever fits the type;
    /// it is never handed out with one of them missing.
    var initial: Root
    var fields: [Field<Root>]
    var variants: [VariantShape] = []
    /// Takes the keys that are not declared; without it they are mistakes.
    var others: Field<Root>?

    init(
        _ initial: Root, variants: [VariantShape] = [], others: Field<Root>? = nil, _ fields: [Field<Root>]
    ) {
        self.initial = initial
        self.fields = fields
        self.variants = variants
        self.others = others
    }

    var shape: SectionShape {
        SectionShape(
            fields: fields.map { $0.shape(initial) }, variants: variants, others: others.map { $0.shape(initial) })
    }

    func decode(_ node: SourceNode, _ path: String, _ decoding: inout Decoding) -> Root? {
        var root = initial
        return decode(node, path, into: &root, &decoding) ? root : nil
    }

    /// False when nothing can be made of the section.
    func decode(_ node: SourceNode, _ path: String, into root: inout Root, _ decoding: inout Decoding) -> Bool {
        let reader = SectionReader(fields: fields.map(\.facts), variants: variants, takesOthers: others != nil)
        return reader.read(node, path, &decoding) { key, entry, path, decoding in
            switch key {
            case .field(let index): fields[index].decode(entry, path, &root, &decoding)
            case .other: others!.decode(entry, path, &root, &decoding)
            }
        }
    }

    func encode(_ root: Root) -> ConfigurationValue {
        let variant = variants.first { variant in
            fields.contains { $0.facts.name == variant.key && $0.encode(root) != nil }
        }
        var entries: [ConfigurationValue.Entry] = []
        for field in fields {
            guard field.facts.goes(with: variant?.key) else { continue }
            if let value = field.encode(root) { entries.append(.init(key: field.facts.name, value: value)) }
        }
        if let others, case .mapping(let more)? = others.encode(root) { entries += more }
        return .mapping(entries)
    }
}
