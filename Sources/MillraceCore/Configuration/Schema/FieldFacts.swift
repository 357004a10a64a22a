/// What is said about one key of a section, apart from the type of its value.
struct FieldFacts: Sendable {
    var name: String
    var summary: String
    var isRequired = false
    var example: String?
    /// The variants that it belongs to; empty for all.
    var variants: [String] = []
    var effect: ChangeEffect?
    /// Written out in the file it is hidden from messages.
    var isSecret = false
    /// Other spellings that are taken and not advertised.
    var aliases: [String] = []
    var defaultText: String?

    func isNamed(_ key: String) -> Bool { name == key || aliases.contains(key) }

    /// Whether the key may stand in a section of this variant. Without a variant every key may.
    func goes(with variant: String?) -> Bool {
        guard let variant, !variants.isEmpty else { return true }
        return variants.contains(variant)
    }

    /// Whether the value that the key has without being set is shown as its default.
    var showsInitial: Bool { defaultText == nil && !isRequired }

    func shape(of value: Shape, initial: ConfigurationValue?) -> FieldShape {
        var text = defaultText
        switch initial {
        case .scalar(let scalar)? where !scalar.isEmpty: text = scalar
        case .list(let members)? where !members.isEmpty: text = initial?.text
        default: break
        }
        return FieldShape(
            name: name, shape: value, isRequired: isRequired, defaultText: text, summary: summary, example: example,
            variants: variants, effect: effect, isSecret: isSecret)
    }
}
