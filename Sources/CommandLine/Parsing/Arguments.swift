/// What a command's action is handed: the values of its options and arguments, and the console to write to.
///
/// Reading a name that was never declared, or as another kind than declared, is a mistake in the program and stops it
/// the first time that line runs. `text`, `integer` … are for values that are always there (required, or with a default);
/// the forms ending in `IfGiven` are for the others; the plurals for those that repeat.
public struct Arguments: Sendable {
    /// The names of the program and its commands, as typed: `["millrace", "run"]`.
    public let path: [String]
    public var console: Console
    let declarations: [String: Declaration]
    let values: [String: [Value]]
    let given: Set<String>

    struct Declaration: Sendable {
        var isAlwaysThere: Bool
        var isRepeated: Bool
    }

    /// Whether the user gave it, on the command line or through the environment, rather than the default.
    public func isGiven(_ name: String) -> Bool {
        _ = declaration(name)
        return given.contains(name)
    }

    public func flag(_ name: String) -> Bool {
        _ = declaration(name)
        guard let value = values[name]?.last else { return false }
        guard case .flag(let isOn) = value else { preconditionFailure("\(name) is not a flag") }
        return isOn
    }

    public func text(_ name: String) -> String { always(name, textIfGiven(name)) }
    public func textIfGiven(_ name: String) -> String? { single(name).map { text($0, name) } }
    public func texts(_ name: String) -> [String] { all(name).map { text($0, name) } }

    /// An integer, a count or a size in bytes.
    public func integer(_ name: String) -> Int { always(name, integerIfGiven(name)) }
    public func integerIfGiven(_ name: String) -> Int? { single(name).map { integer($0, name) } }
    public func integers(_ name: String) -> [Int] { all(name).map { integer($0, name) } }

    public func decimal(_ name: String) -> Double { always(name, decimalIfGiven(name)) }
    public func decimalIfGiven(_ name: String) -> Double? {
        single(name).map {
            guard case .decimal(let number) = $0 else { preconditionFailure("\(name) is not a decimal") }
            return number
        }
    }

    public func duration(_ name: String) -> Duration { always(name, durationIfGiven(name)) }
    public func durationIfGiven(_ name: String) -> Duration? { single(name).map { duration($0, name) } }
    public func durations(_ name: String) -> [Duration] { all(name).map { duration($0, name) } }

    /// Seconds since 1970-01-01T00:00:00Z.
    public func instant(_ name: String) -> Int { always(name, instantIfGiven(name)) }
    public func instantIfGiven(_ name: String) -> Int? {
        single(name).map {
            guard case .instant(let seconds) = $0 else { preconditionFailure("\(name) is not an instant") }
            return seconds
        }
    }

    private func declaration(_ name: String) -> Declaration {
        guard let found = declarations[name] else {
            preconditionFailure("\(path.joined(separator: " ")) declares no option or argument named \(name)")
        }
        return found
    }

    private func always<T>(_ name: String, _ value: T?) -> T {
        // Checked by the declaration, not by the value, so that the mistake shows in the first run and not in a rare one.
        precondition(declaration(name).isAlwaysThere, "\(name) is neither required nor has a default: use …IfGiven")
        return value!
    }

    private func single(_ name: String) -> Value? {
        precondition(!declaration(name).isRepeated, "\(name) can be given several times: read all of them")
        return values[name]?.last
    }

    private func all(_ name: String) -> [Value] {
        _ = declaration(name)
        return values[name] ?? []
    }

    private func text(_ value: Value, _ name: String) -> String {
        guard case .text(let text) = value else { preconditionFailure("\(name) is not a text") }
        return text
    }

    private func integer(_ value: Value, _ name: String) -> Int {
        guard case .integer(let number) = value else { preconditionFailure("\(name) is not an integer, count or size") }
        return number
    }

    private func duration(_ value: Value, _ name: String) -> Duration {
        guard case .duration(let duration) = value else { preconditionFailure("\(name) is not a duration") }
        return duration
    }
}
