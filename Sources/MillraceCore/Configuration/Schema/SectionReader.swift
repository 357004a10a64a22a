import YAML

/// Reads the keys of a mapping against those that a section declares, for a `Section` of any type: the rules are the
/// same for all of them, so they are compiled once.
struct SectionReader {
    /// Which of the section's keys an entry of the file is.
    enum Key {
        case field(Int)
        case other
    }

    var fields: [FieldFacts]
    var variants: [VariantShape]
    var takesOthers: Bool

    /// Hands each entry to `decode`, which says whether its value was taken; false when nothing can be made of the
    /// section.
    func read(
        _ node: SourceNode, _ path: String, _ decoding: inout Decoding,
        decode: (Key, SourceNode.Entry, String, inout Decoding) -> Bool
    ) -> Bool {
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
            guard let index = fields.firstIndex(where: { $0.isNamed(entry.key) }) else {
                if !takesOthers {
                    unknown(entry, entryPath, variant, &decoding)
                } else if !decode(.other, entry, entryPath, &decoding) {
                    decoding.markBroken(entryPath)
                }
                continue
            }
            let field = fields[index]
            if !seen.insert(field.name).inserted {
                decoding.problem(
                    .duplicateKey, at: entryPath, "'\(field.name)' is set here a second time, under another name",
                    key: entry)
            }
            if let variant, !field.goes(with: variant) {
                decoding.problem(
                    .conflict, at: entryPath,
                    "'\(entry.key)' goes with \(keyList(field.variants)), not with '\(variant)'", key: entry)
                continue
            }
            if field.isSecret { decoding.hide(entry.value) }
            if !decode(.field(index), entry, entryPath, &decoding) {
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
        let names = fields.filter { $0.goes(with: variant) }.map(\.name)
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
