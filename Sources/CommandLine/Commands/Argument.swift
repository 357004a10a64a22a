/// A value given by its place on the command line.
public struct Argument: Sendable {
    /// Shown in help as `<name>`, and the name by which the action reads it.
    public var name: String
    public var kind: ValueKind
    public var help: String
    public var defaultValue: String?
    public var isRequired: Bool
    /// Takes all values that are left; only the last argument of a command may.
    public var isRepeated: Bool

    public init(
        _ name: String, _ kind: ValueKind = .text, default defaultValue: String? = nil, required: Bool = true,
        repeated: Bool = false, _ help: String
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.defaultValue = defaultValue
        self.isRequired = required && defaultValue == nil
        self.isRepeated = repeated
    }
}
