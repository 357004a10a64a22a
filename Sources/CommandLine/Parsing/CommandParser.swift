/// Reads a command line against a command tree.
///
/// Understood are `--name value`, `--name=value`, `-n value`, `-nvalue`, joined flags (`-qv`), `--no-name` for flags
/// that can be negated, and `--`, after which everything is an argument. The command line wins over the environment,
/// and the environment over defaults.
struct CommandParser {
    enum Outcome {
        case run(Command, Arguments)
        case help(path: [Command])
        /// `help --markdown`: all pages as one document.
        case reference
        case version
    }

    let root: Command
    let environment: [String: String]
    let console: Console

    private var path: [Command]
    private var visible: [Option]
    private var raw: [String: [String]] = [:]
    private var flags: [String: Bool] = [:]
    private var positional: [String] = []

    init(root: Command, environment: [String: String], console: Console) {
        self.root = root
        self.environment = environment
        self.console = console
        path = [root]
        visible = root.options
    }

    private var current: Command { path[path.count - 1] }
    private var names: [String] { path.map(\.name) }

    /// Reads the words after the program's name.
    mutating func parse(_ words: [String]) throws(UsageError) -> Outcome {
        var rest = words[...]
        var onlyArguments = false
        while let word = rest.popFirst() {
            if onlyArguments || !looksLikeOption(word) {
                if !current.subcommands.isEmpty {
                    if word == "help", current.subcommand(named: "help") == nil { return try help(about: rest) }
                    try descend(to: word)
                } else {
                    positional.append(word)
                }
            } else if word == "--" {
                onlyArguments = true
            } else if word == "--help" || word == "-h" {
                return .help(path: path)
            } else if word == "--version", !visible.contains(where: { $0.name == "version" }) {
                return .version
            } else if word.hasPrefix("--") {
                try readLong(word, &rest)
            } else {
                try readShort(word, &rest)
            }
        }
        guard current.run != nil else {
            throw error(
                .missingCommand, "Expected a command after '\(names.joined(separator: " "))', found none.",
                "Commands: " + current.visibleSubcommands.map(\.name).joined(separator: ", ") + ".")
        }
        return .run(current, try finish())
    }

    private func looksLikeOption(_ word: String) -> Bool {
        guard word.hasPrefix("-"), word != "-" else { return false }
        // -5 is a number, unless somebody declared an option of that name.
        let second = word.dropFirst().first!
        return !(second.isNumber && !visible.contains { $0.short == second })
    }

    private mutating func descend(to word: String) throws(UsageError) {
        guard let next = current.subcommand(named: word) else {
            let known = current.visibleSubcommands.map(\.name)
            let advice =
                Suggestion.nearest(to: word, among: known).map { "Did you mean '\($0)'?" }
                ?? "Commands: " + known.joined(separator: ", ") + "."
            throw error(
                .unknownCommand, "Expected a command of '\(names.joined(separator: " "))', found '\(word)'.", advice)
        }
        path.append(next)
        visible += next.options
    }

    private mutating func help(about words: ArraySlice<String>) throws(UsageError) -> Outcome {
        if words.contains("--markdown") { return .reference }
        for word in words where !word.hasPrefix("-") { try descend(to: word) }
        return .help(path: path)
    }

    // MARK: Options

    private mutating func readLong(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        let body = word.dropFirst(2)
        let name = String(body.prefix { $0 != "=" })
        let attached = body.firstIndex(of: "=").map { String(body[body.index(after: $0)...]) }
        if let option = visible.first(where: { $0.name == name }) {
            try take(option, shown: "--" + name, attached: attached, &rest)
        } else if name.hasPrefix("no-"), attached == nil,
            let option = visible.first(where: { $0.isNegatable && "no-" + $0.name == name })
        {
            flags[option.name] = false
        } else {
            throw unknown("--" + name)
        }
    }

    private mutating func readShort(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = visible.first(where: { $0.short == letter }) else { throw unknown("-\(letter)") }
            if option.kind == nil {
                try take(option, shown: "-\(letter)", attached: nil, &rest)
                continue
            }
            var attached: String?
            if !letters.isEmpty { attached = String(letters.first == "=" ? letters.dropFirst() : letters) }
            return try take(option, shown: "-\(letter)", attached: attached, &rest)
        }
    }

    private mutating func take(
        _ option: Option, shown: String, attached: String?, _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard let kind = option.kind else {
            guard attached == nil else {
                throw error(
                    .unexpectedValue, "\(shown) is a flag and takes no value, found '\(attached!)'.",
                    "Write \(shown) alone.")
            }
            flags[option.name] = true
            return
        }
        var value = attached
        if value == nil, let next = rest.first, next == "-" || !isDeclaredOption(next) { value = rest.popFirst() }
        guard let value else {
            throw error(
                .missingValue, "\(shown) expected \(kind.expectation), found nothing.",
                "Write \(shown) <\(option.valueName)>.")
        }
        if raw[option.name] != nil && !option.isRepeated {
            throw error(.repeatedOption, "\(shown) was given twice, expected it once.", "Leave one of them out.")
        }
        raw[option.name, default: []].append(value)
    }

    private func isDeclaredOption(_ word: String) -> Bool {
        if word == "--" || word == "--help" || word == "-h" { return true }
        if word.hasPrefix("--") {
            let name = word.dropFirst(2).prefix { $0 != "=" }
            return visible.contains { $0.name == name || ($0.isNegatable && "no-" + $0.name == name) }
        }
        return word.hasPrefix("-") && visible.contains { $0.short == word.dropFirst().first }
    }

    private func unknown(_ shown: String) -> UsageError {
        let open = visible.filter { !$0.isHidden }
        let known = open.map { "--" + $0.name } + open.compactMap { $0.short.map { "-\($0)" } } + ["--help"]
        var advice = Suggestion.nearest(to: shown, among: known).map { "Did you mean '\($0)'?" } ?? ""
        if shown.count == 2 { advice = "" }
        // The most common mistake after a typing one: an option of a command that has not been named yet.
        if advice.isEmpty,
            let owner = current.subcommands.first(where: { $0.options.contains { "--" + $0.name == shown } })
        {
            advice = "It is an option of '\((names + [owner.name]).joined(separator: " "))': write it after that."
        }
        return error(.unknownOption, "'\(names.joined(separator: " "))' has no option \(shown).", advice)
    }

    // MARK: Values

    private func finish() throws(UsageError) -> Arguments {
        var declarations: [String: Arguments.Declaration] = [:]
        var values: [String: [Value]] = [:]
        var given: Set<String> = []
        for option in visible {
            declarations[option.name] = .init(
                isAlwaysThere: option.isRequired || option.defaultValue != nil, isRepeated: option.isRepeated)
            let (found, isGiven) = try option.kind == nil ? flag(option) : value(of: option, option.kind!)
            values[option.name] = found
            if isGiven { given.insert(option.name) }
        }
        var rest = positional[...]
        for argument in current.arguments {
            declarations[argument.name] = .init(
                isAlwaysThere: argument.isRequired || argument.defaultValue != nil, isRepeated: argument.isRepeated)
            var words = argument.isRepeated ? Array(rest) : rest.first.map { [$0] } ?? []
            rest = argument.isRepeated ? [] : rest.dropFirst()
            if !words.isEmpty { given.insert(argument.name) }
            if words.isEmpty, let value = argument.defaultValue { words = [value] }
            if words.isEmpty && argument.isRequired {
                throw error(
                    .missingArgument, "Expected <\(argument.name)>, \(argument.kind.expectation); found nothing.",
                    argument.help.isEmpty ? "" : "<\(argument.name)>: \(argument.help).")
            }
            values[argument.name] = try read(words, argument.kind, "<\(argument.name)>")
        }
        if let extra = rest.first {
            throw error(
                .unexpectedArgument,
                "Expected \(current.arguments.isEmpty ? "no arguments" : "nothing more"), found '\(extra)'.",
                "Put a value with spaces in quotes.")
        }
        var console = console
        if case .flag(true)? = values["quiet"]?.last { console.isQuiet = true }
        if case .text(let mode)? = values["color"]?.last, let mode = Console.ColorMode(rawValue: mode) {
            console.color = mode
        }
        return Arguments(path: names, console: console, declarations: declarations, values: values, given: given)
    }

    private func value(of option: Option, _ kind: ValueKind) throws(UsageError) -> ([Value], Bool) {
        if let words = raw[option.name] { return (try read(words, kind, "--" + option.name), true) }
        if let name = option.environment, let text = environment[name], !text.isEmpty {
            let words = option.isRepeated ? text.split(separator: ",").map(String.init) : [text]
            return (try read(words, kind, "--\(option.name) (from the environment variable \(name))"), true)
        }
        if option.isRequired {
            let way = option.environment.map { ", or set \($0)" } ?? ""
            throw error(
                .missingOption, "Expected --\(option.name) <\(option.valueName)>, found nothing.",
                "Give --\(option.name) \(kind.expectation)\(way).")
        }
        return (try read(option.defaultValue.map { [$0] } ?? [], kind, "--" + option.name), false)
    }

    private func flag(_ option: Option) throws(UsageError) -> ([Value], Bool) {
        if let isOn = flags[option.name] { return ([.flag(isOn)], true) }
        guard let name = option.environment, let text = environment[name], !text.isEmpty else { return ([], false) }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return ([.flag(true)], true)
        case "0", "false", "no", "off": return ([.flag(false)], true)
        default:
            throw error(
                .invalidValue, "Environment variable \(name): expected 1 or 0, found '\(text)'.",
                "Unset it or set it to 1.")
        }
    }

    private func read(_ words: [String], _ kind: ValueKind, _ shown: String) throws(UsageError) -> [Value] {
        var values: [Value] = []
        for word in words {
            do {
                values.append(try kind.parse(word))
            } catch {
                var advice = ""
                if case .choice(let choices) = kind {
                    advice = Suggestion.nearest(to: word, among: choices).map { "Did you mean '\($0)'?" } ?? ""
                }
                throw self.error(.invalidValue, "\(shown): expected \(error.expected), found '\(word)'.", advice)
            }
        }
        return values
    }

    private func error(_ code: UsageError.Code, _ message: String, _ advice: String) -> UsageError {
        UsageError(code, message, advice: advice, path: names)
    }
}
