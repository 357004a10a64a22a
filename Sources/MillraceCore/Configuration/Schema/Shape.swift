/// What may stand at a place of a pipeline file, without the Swift type that it becomes: what the JSON Schema and the
/// reference page are made of.
indirect enum Shape: Sendable {
    case scalar(ScalarShape)
    /// With `orSingle`, a lone member may stand without its brackets.
    case list(Shape, orSingle: Bool)
    case section(SectionShape)
    /// Keys of the author's choosing.
    case map(keys: String, values: Shape)
    case either([Shape])

    /// One or two words, for tables and messages.
    var name: String {
        switch self {
        case .scalar(let shape): shape.name
        case .list(let member, _): "list of \(member.name)s"
        case .section: "section"
        case .map(let keys, let values): "\(keys) → \(values.name)"
        case .either(let shapes): shapes.map(\.name).joined(separator: " or ")
        }
    }
}

struct ScalarShape: Sendable {
    /// `duration`, `column`, `whole number`, …
    var name: String
    /// The keywords of JSON Schema that bound a value which is written out.
    var json: [(key: String, value: JSONText)]
    var allowed: [String] = []
    /// `0…9`, `more than 0`: a bound, for the reference.
    var bound: String?
    /// Values that are not strings in YAML may still be texts with variables in them.
    var isText = true
}

struct SectionShape: Sendable {
    var fields: [FieldShape]
    /// The keys of which exactly one says what the section is about.
    var variants: [VariantShape]
    var others: FieldShape?
}

struct VariantShape: Sendable {
    var key: String
    var summary: String
    var example: String
}

/// When an edit of a running pipeline's setting takes effect.
public enum ChangeEffect: String, Sendable, Codable, CaseIterable {
    case atOnce = "at-once"
    case nextWindow = "next-window"
    case nextRun = "next-run"
    case secondFeatureSet = "second-feature-set"
    case newPipeline = "new-pipeline"

    /// A clause that follows "takes effect …" or stands alone.
    public var summary: String {
        switch self {
        case .atOnce: "when the worker starts again"
        case .nextWindow: "from the next window that is transformed"
        case .nextRun: "from the next run"
        case .secondFeatureSet:
            "as a second feature set, filled from the slices; the old one stays while a champion needs it"
        case .newPipeline: "only under a new pipeline name: what is sealed already was made under the old setting"
        }
    }
}

struct FieldShape: Sendable {
    var name: String
    var shape: Shape
    var isRequired: Bool
    /// As written in a file; nil without one.
    var defaultText: String?
    var summary: String
    var example: String?
    /// The variants that it belongs to; empty for all.
    var variants: [String]
    /// Nil is that of the section around it.
    var effect: ChangeEffect?
    var isSecret: Bool
}
