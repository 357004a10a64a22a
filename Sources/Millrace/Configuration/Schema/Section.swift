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
        var entries: [SourceNode.Entry] = []
        switch node.content {
        case .mapping(let found): entries = found
        // `triggers:` with nothing after it is an empty section, if nothing in it is required.
        case .scalar where node.isNull && !fields.contains(where: \.isRequired) && variants.isEmpty: break
        default:
            decoding.mismatch(.type, at: path, node, expected: "a section with \(keyList(fields.map(\.name)))")
            return false
        }
        var isComplete = true
        let variant = variant(of: entries, node, path, &decoding)
        if variant == nil, !variants.isEmpty { isComplete = false }
        var seen: Set<String> = []
        for entry in entries {
            let entryPath = Decoding.path(path, key: entry.key)
            decoding.place(entryPath, entry: entry)
            guard let field = fields.first(where: { $0.name == entry.key || $0.aliases.contains(entry.key) }) else {
                if let others {
                    if !others.decode(entry, entryPath, &root, &decoding) { decoding.markBroken(entryPath) }
                } else {
                    unknown(entry, entryPath, variant, &decoding)
                }
                continue
            }
            if !seen.insert(field.name).inserted {
                decoding.problem(
                    .duplicateKey, at: entryPath, "'\(field.name)' is set here a second time, under another name",
                    key: entry)
            }
            if let variant, !field.variants.isEmpty, !field.variants.contains(variant) {
                decoding.problem(
                    .conflict, at: entryPath,
                    "'\(entry.key)' goes with \(keyList(field.variants)), not with '\(variant)'", key: entry)
                continue
            }
            if field.isSecret { decoding.hide(entry.value) }
            if !field.decode(entry, entryPath, &root, &decoding) {
                decoding.markBroken(entryPath)
                if field.isRequired { isComplete = false }
            }
        }
        for field in fields where field.isRequired && !seen.contains(field.name) {
            if !field.variants.isEmpty {
                guard let variant, field.variants.contains(variant) else { continue }
            }
            isComplete = false
            let example = field.example.map { ", such as `\(field.name): \($0)`" } ?? ""
            let owner = variant.map { " (with '\($0)')" } ?? ""
            let fieldPath = Decoding.path(path, key: field.name)
            decoding.problem(.missingKey, at: fieldPath, "'\(field.name)' is missing\(owner)\(example)")
        }
        // A section with mistakes in it is still checked against the others, as far as it goes; the mistakes recorded
        // keep it from being handed out. A variant that is incomplete has no meaning.
        return isComplete || variants.isEmpty
    }

    func encode(_ root: Root) -> ConfigurationValue {
        let variant = variants.first { variant in
            fields.contains { $0.name == variant.key && $0.encode(root) != nil }
        }
        var entries: [ConfigurationValue.Entry] = []
        for field in fields {
            guard field.variants.isEmpty || variant.map({ field.variants.contains($0.key) }) ?? true else { continue }
            if let value = field.encode(root) { entries.append(.init(key: field.name, value: value)) }
        }
        if let others, case .mapping(let more)? = others.encode(root) { entries += more }
        return .mapping(entries)
    }

    private func variant(
        of entries: [SourceNode.Entry], _ node: SourceNode, _ path: String, _ decoding: inout Decoding
    ) -> String? {
        guard !variants.isEmpty else { return nil }
        let found = entries.filter { entry in variants.contains { $0.key == entry.key } }
        if found.count == 1 { return found[0].key }
        if let second = found.dropFirst().first {
            decoding.markBroken(path)
            decoding.problem(
                .conflict, at: path,
                "'\(second.key)' cannot stand beside '\(found[0].key)': one of them says what this is",
                key: second)
            return nil
        }
        let names = variants.map(\.key)
        let near = entries.lazy.compactMap { entry in
            fields.contains { $0.name == entry.key } ? nil : Spelling.nearest(to: entry.key, among: names)
        }.first
        // A misspelt key is reported as such.
        if near == nil {
            decoding.problem(.missingKey, at: path, "expected one of the keys \(keyList(names)) to say what this is")
        }
        decoding.markBroken(path)
        return nil
    }

    private func unknown(
        _ entry: SourceNode.Entry, _ path: String, _ variant: String?, _ decoding: inout Decoding
    ) {
        let names = fields.filter { field in
            field.variants.isEmpty || variant.map(field.variants.contains) ?? true
        }.map(\.name)
        let suggestion = Spelling.nearest(to: entry.key, among: names)
        let known = suggestion == nil ? "; the keys here are \(keyList(names))" : ""
        decoding.markBroken(path)
        decoding.problem(
            .unknownKey, at: path, "no such key as '\(entry.key)'\(known)", suggestion: suggestion, key: entry)
    }

    private func keyList(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.map { "'\($0)'" }.joined() }
        return names.dropLast().map { "'\($0)'" }.joined(separator: ", ") + " and '\(last)'"
    }
}
