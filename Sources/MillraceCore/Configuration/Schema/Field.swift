/// One key of a section, bound to a property of the value that the section becomes.
struct Field<Root: Sendable>: Sendable {
    private(set) var facts: FieldFacts

    private let valueShape: Shape
    private let read: @Sendable (SourceNode.Entry, String, inout Root, inout Decoding) -> Bool
    private let write: @Sendable (Root) -> ConfigurationValue?

    private init(
        _ name: String, _ summary: String, _ shape: Shape,
        read: @escaping @Sendable (SourceNode.Entry, String, inout Root, inout Decoding) -> Bool,
        write: @escaping @Sendable (Root) -> ConfigurationValue?
    ) {
        (facts, valueShape) = (FieldFacts(name: name, summary: summary), shape)
        (self.read, self.write) = (read, write)
    }

    // MARK: Kinds of keys. Static functions, because the root is then inferred through the facts that follow.

    static func key<Value>(
        _ name: String, _ property: any WritableKeyPath<Root, Value> & Sendable, _ codec: Codec<Value>,
        _ summary: String
    ) -> Field {
        Field(
            name, summary, codec.shape,
            read: { entry, path, root, decoding in
                guard let value = codec.decode(entry.value, path, &decoding) else { return false }
                root[keyPath: property] = value
                return true
            }, write: { codec.encode($0[keyPath: property]) })
    }

    /// For a property that is nil without the key.
    static func key<Value>(
        _ name: String, optional property: any WritableKeyPath<Root, Value?> & Sendable, _ codec: Codec<Value>,
        _ summary: String
    ) -> Field {
        Field(
            name, summary, codec.shape,
            read: { entry, path, root, decoding in
                guard let value = codec.decode(entry.value, path, &decoding) else { return false }
                root[keyPath: property] = value
                return true
            }, write: { $0[keyPath: property].map(codec.encode) })
    }

    /// For a section of the file whose keys are properties of a value that other keys fill too: `\.self`, say.
    static func key<Value>(
        _ name: String, _ property: any WritableKeyPath<Root, Value> & Sendable, inside section: Section<Value>,
        _ summary: String
    ) -> Field {
        Field(
            name, summary, .section(section.shape),
            read: { entry, path, root, decoding in
                section.decode(entry.value, path, into: &root[keyPath: property], &decoding)
            },
            // Without what it requires the section is not there.
            write: { root in
                let value = root[keyPath: property]
                let isThere = section.fields.allSatisfy { !$0.facts.isRequired || $0.encode(value) != nil }
                return isThere ? section.encode(value) : nil
            })
    }

    /// For keys that are not declared one by one.
    static func key<Value>(
        others property: any WritableKeyPath<Root, [String: Value]> & Sendable, _ codec: Codec<Value>, keys: String,
        _ summary: String, check: @escaping @Sendable (SourceNode.Entry, String, inout Decoding) -> Bool
    ) -> Field {
        Field(
            keys, summary, codec.shape,
            read: { entry, path, root, decoding in
                guard check(entry, path, &decoding), let value = codec.decode(entry.value, path, &decoding) else {
                    return false
                }
                root[keyPath: property][entry.key] = value
                return true
            },
            write: { root in
                .mapping(
                    root[keyPath: property].sorted { $0.key < $1.key }.map {
                        .init(key: $0.key, value: codec.encode($0.value))
                    })
            })
    }

    func decode(_ entry: SourceNode.Entry, _ path: String, _ root: inout Root, _ decoding: inout Decoding) -> Bool {
        read(entry, path, &root, &decoding)
    }

    func encode(_ root: Root) -> ConfigurationValue? { write(root) }

    func shape(_ initial: Root) -> FieldShape {
        facts.shape(of: valueShape, initial: facts.showsInitial ? write(initial) : nil)
    }

    // MARK: Facts, in the order in which they read well

    func required() -> Field { with { $0.isRequired = true } }
    func example(_ text: String) -> Field { with { $0.example = text } }
    func only(with variants: String...) -> Field { with { $0.variants = variants } }
    func effect(_ effect: ChangeEffect) -> Field { with { $0.effect = effect } }
    func secret() -> Field { with { $0.isSecret = true } }
    func alias(_ names: String...) -> Field { with { $0.aliases = names } }
    func without(_ text: String) -> Field { with { $0.defaultText = text } }

    private func with(_ change: (inout FieldFacts) -> Void) -> Field {
        var copy = self
        change(&copy.facts)
        return copy
    }
}
