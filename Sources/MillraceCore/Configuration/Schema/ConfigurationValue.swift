/// A setting in canonical form: the same for every way of writing the same thing. Hashes and differences are taken of
/// these.
indirect enum ConfigurationValue: Sendable, Equatable {
    struct Entry: Sendable, Equatable {
        var key: String
        var value: ConfigurationValue
    }

    case scalar(String)
    case list([ConfigurationValue])
    case mapping([Entry])

    /// One line, every text quoted, so that no two values share it.
    var canonicalText: String {
        switch self {
        case .scalar(let text): JSONText.quote(text)
        case .list(let values): "[" + values.map(\.canonicalText).joined(separator: ",") + "]"
        case .mapping(let entries):
            "{" + entries.map { JSONText.quote($0.key) + ":" + $0.value.canonicalText }.joined(separator: ",") + "}"
        }
    }

    /// As a person would write it on one line.
    var text: String {
        switch self {
        case .scalar(let text): text
        case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
        case .mapping(let entries):
            entries.isEmpty ? "{}" : "{ " + entries.map { "\($0.key): \($0.value.text)" }.joined(separator: ", ") + " }"
        }
    }

    subscript(key: String) -> ConfigurationValue? {
        guard case .mapping(let entries) = self else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
