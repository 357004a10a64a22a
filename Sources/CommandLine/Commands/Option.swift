/// An option of a command: a flag (`--json`) or a name with a value (`--brokers host:port`).
public struct Option: Sendable {
    /// The long name, without dashes.
    public var name: String
    public var short: Character?
    /// What its value may be; `nil` for a flag.
    public var kind: ValueKind?
    /// How help names the value: `--brokers <host:port>`.
    public var valueName: String
    public var help: String
    /// As a user would type it: it is read by the same rules, and shown in the help.
    public var defaultValue: String?
    /// An environment variable read when the option is not given. Several values are parted by commas.
    public var environment: String?
    public var isRequired: Bool
    public var isRepeated: Bool
    /// A flag that `--no-<name>` turns off again, over its environment variable.
    public var isNegatable: Bool
    public var isHidden: Bool

    /// A flag, false unless given. Its environment variable understands 1, true, yes, on and their contraries.
    public static func flag(
        _ name: String, short: Character? = nil, environment: String? = nil, negatable: Bool = false,
        hidden: Bool = false, _ help: String
    ) -> Option {
        Option(
            name: name, short: short, kind: nil, valueName: "", help: help, defaultValue: nil,
            environment: environment, isRequired: false, isRepeated: false, isNegatable: negatable, isHidden: hidden)
    }

    /// An option with one value.
    public static func value(
        _ name: String, short: Character? = nil, _ kind: ValueKind, valueName: String? = nil,
        default defaultValue: String? = nil, environment: String? = nil, required: Bool = false, hidden: Bool = false,
        _ help: String
    ) -> Option {
        Option(
            name: name, short: short, kind: kind, valueName: valueName ?? kind.usualName, help: help,
            defaultValue: defaultValue, environment: environment, isRequired: required, isRepeated: false,
            isNegatable: false, isHidden: hidden)
    }

    /// An option that may be given several times.
    public static func values(
        _ name: String, short: Character? = nil, _ kind: ValueKind, valueName: String? = nil,
        environment: String? = nil, required: Bool = false, hidden: Bool = false, _ help: String
    ) -> Option {
        Option(
            name: name, short: short, kind: kind, valueName: valueName ?? kind.usualName, help: help,
            defaultValue: nil, environment: environment, isRequired: required, isRepeated: true, isNegatable: false,
            isHidden: hidden)
    }

    /// `--json`, for commands whose output programs read.
    public static let json = Option.flag("json", "Print the result as JSON, with a stable order of keys")
    /// `--quiet`: obeyed by the console that a command is handed.
    public static let quiet = Option.flag("quiet", short: "q", "Print results and errors only")
    /// `--color`: obeyed by the console that a command is handed.
    public static let color = Option.value(
        "color", .choice(["auto", "always", "never"]), valueName: "when", default: "auto",
        "Whether to use colours: auto uses them on a terminal, unless NO_COLOR is set")
}
