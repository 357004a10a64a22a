extension Command {
    /// What is wrong with the declarations of this tree: an empty list for a sound one. A program's tests call this.
    ///
    /// Found are: names twice in use, defaults that their own kind refuses, arguments that can never be filled, and
    /// commands without summaries.
    public func faults() -> [String] { faults(path: name, inherited: []) }

    private func faults(path: String, inherited: [Option]) -> [String] {
        var found: [String] = []
        if summary.isEmpty { found.append("\(path): no summary") }
        if run == nil && subcommands.isEmpty { found.append("\(path): neither an action nor subcommands") }
        let visible = inherited + options
        found += repeats(visible.map(\.name) + visible.filter(\.isNegatable).map { "no-" + $0.name })
            .map { "\(path): option --\($0) is declared twice" }
        found += repeats(visible.compactMap(\.short).map(String.init)).map {
            "\(path): option -\($0) is declared twice"
        }
        found += repeats(visible.map(\.name) + arguments.map(\.name)).map { "\(path): the name \($0) is used twice" }
        found += repeats(subcommands.map(\.name)).map { "\(path): command \($0) is declared twice" }
        for option in visible where option.name == "help" || option.short == "h" {
            found.append("\(path): --help and -h belong to the parser")
        }
        for option in options {
            if option.help.isEmpty { found.append("\(path): --\(option.name) has no help") }
            if let value = option.defaultValue, let kind = option.kind, (try? kind.parse(value)) == nil {
                found.append("\(path): default \(value) of --\(option.name) is not \(kind.expectation)")
            }
            if option.isRequired && option.defaultValue != nil {
                found.append("\(path): --\(option.name) is required and has a default")
            }
        }
        var optionalSeen = false
        for (index, argument) in arguments.enumerated() {
            if optionalSeen && argument.isRequired {
                found.append("\(path): required <\(argument.name)> follows an optional argument")
            }
            if argument.isRepeated && index != arguments.count - 1 {
                found.append("\(path): only the last argument may repeat, and <\(argument.name)> does")
            }
            if let value = argument.defaultValue, (try? argument.kind.parse(value)) == nil {
                found.append("\(path): default \(value) of <\(argument.name)> is not \(argument.kind.expectation)")
            }
            optionalSeen = optionalSeen || !argument.isRequired
        }
        return found + subcommands.flatMap { $0.faults(path: path + " " + $0.name, inherited: visible) }
    }

    private func repeats(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { !seen.insert($0).inserted }
    }
}
