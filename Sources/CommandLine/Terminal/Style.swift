/// Emphasis by ANSI escape sequences, or none at all where they would be rubbish.
public struct Style: Sendable {
    public let isOn: Bool

    public init(isOn: Bool) { self.isOn = isOn }

    public static let plain = Style(isOn: false)

    public func bold(_ text: String) -> String { wrap(text, "1") }
    public func dim(_ text: String) -> String { wrap(text, "2") }
    public func red(_ text: String) -> String { wrap(text, "31") }
    public func green(_ text: String) -> String { wrap(text, "32") }
    public func yellow(_ text: String) -> String { wrap(text, "33") }
    public func cyan(_ text: String) -> String { wrap(text, "36") }

    public func apply(_ emphasis: Emphasis, to text: String) -> String {
        switch emphasis {
        case .none: text
        case .strong: bold(text)
        case .faint: dim(text)
        case .good: green(text)
        case .attention: yellow(text)
        case .bad: red(text)
        }
    }

    private func wrap(_ text: String, _ code: String) -> String {
        isOn && !text.isEmpty ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// What a piece of text means, for tables: the style decides how that looks.
public enum Emphasis: Sendable { case none, strong, faint, good, attention, bad }
