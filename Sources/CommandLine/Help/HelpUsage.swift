/// The lines that show how a command is written.
struct HelpUsage {
    let path: [Command]

    var line: [String] {
        let command = path[path.count - 1]
        var words = path.map(\.name)
        let visible = path.flatMap(\.options).filter { !$0.isHidden }
        words += visible.filter(\.isRequired).map { "--\($0.name) <\($0.valueName)>" }
        if visible.contains(where: { !$0.isRequired }) { words.append("[options]") }
        if !command.subcommands.isEmpty { words.append("<command>") }
        for argument in command.arguments {
            let shown = "<\(argument.name)>" + (argument.isRepeated ? "..." : "")
            words.append(argument.isRequired ? shown : "[\(shown)]")
        }
        return [words.joined(separator: " ")]
    }
}

/// How options and arguments are named and explained, in the help and in the reference alike.
enum HelpText {
    static func label(_ option: Option) -> String {
        let name = option.isNegatable ? "--[no-]\(option.name)" : "--\(option.name)"
        let value = option.kind == nil ? "" : " <\(option.valueName)>"
        return (option.short.map { "-\($0), " } ?? "") + name + value
    }

    static func explain(_ option: Option) -> String {
        var notes: [String] = []
        if option.isRequired { notes.append("required") }
        if option.isRepeated { notes.append("may be given several times") }
        notes += allowed(option.kind, valueName: option.valueName)
        if let value = option.defaultValue { notes.append("default: \(value)") }
        if let name = option.environment { notes.append("environment: \(name)") }
        return option.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    }

    static func explain(_ argument: Argument) -> String {
        var notes: [String] = []
        if argument.isRepeated { notes.append("one or several") }
        notes += allowed(argument.kind, valueName: argument.name)
        if let value = argument.defaultValue { notes.append("default: \(value)") }
        return argument.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
    }

    static func exitCodes(of command: Command) -> [ExitCode.Meaning] {
        // A command's own meaning of a code stands in for that of its kind, and of all commands.
        let meanings = Dictionary((ExitCode.common + command.exitCodes).map { ($0.code.rawValue, $0) }) { $1 }
        return meanings.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func allowed(_ kind: ValueKind?, valueName: String) -> [String] {
        switch kind {
        case .choice(let choices) where valueName != kind?.usualName: ["one of " + choices.joined(separator: ", ")]
        case .integer(.some), .decimal(.some): [kind!.expectation]
        case .count, .bytes, .duration, .instant:
            kind!.expectation.range(of: "such as ").map { ["e.g. " + kind!.expectation[$0.upperBound...]] } ?? []
        default: []
        }
    }
}

extension String {
    /// Where a text occurs first.
    fileprivate func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
