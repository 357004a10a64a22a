import Foundation
public import Millrace
import Synchronization

/// Log lines on standard error: one line an event, a constant message and its data beside it. No payload of an event
/// and no secret ever goes into one.
///
/// Who follows an event to the release that learned from it looks for the same value of the same name: `window` from
/// ingest to the start of a run, `run` from there to the verdict, and `correlation` where a message is named.
public final class Log: Sendable {
    public typealias Level = LogLevel
    public typealias Format = LogFormat

    private struct State {
        var level: Level
        var format: Format
        var secrets: [String] = []
    }

    private let state: Mutex<State>
    private let write: @Sendable (String) -> Void

    /// - Parameter write: receives each whole line, with its newline; standard error by default.
    public init(
        level: Level = .info, format: Format = .text,
        write: (@Sendable (String) -> Void)? = nil
    ) {
        state = Mutex(State(level: level, format: format))
        self.write = write ?? { FileHandle.standardError.write(Data($0.utf8)) }
    }

    public var level: Level { state.withLock { $0.level } }
    public func setLevel(_ level: Level) { state.withLock { $0.level = level } }

    /// Puts dots in place of these texts wherever they would appear: libraries quote what they are given.
    public func hide(_ secrets: [String]) {
        // A shorter one is no secret, and would take innocent words with it.
        // The longest first: of one that begins with another nothing may be left.
        state.withLock { state in
            state.secrets = secrets.filter { $0.utf8.count >= 4 }.sorted { $0.utf8.count > $1.utf8.count }
        }
    }

    /// - Parameters:
    ///   - scope: the role or part that speaks.
    ///   - message: constant text.
    ///   - data: names and values, in the order in which people should read them.
    public func log(
        _ level: Level, _ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]
    ) {
        let state = state.withLock { $0 }
        guard level >= state.level else { return }
        let time = Date.now.ISO8601Format(.iso8601(timeZone: .gmt).time(includingFractionalSeconds: true))
        var line: String
        switch state.format {
        case .text:
            line = "\(time) \(level.rawValue.uppercased().padded(to: 7)) \(scope.padded(to: 9)) \(message)"
            for (name, value) in data { line += " \(name)=\(Self.quoted(String(describing: value)))" }
        case .json:
            line = "{"
            for (name, value) in [("time", time), ("level", level.rawValue), ("scope", scope), ("message", message)] {
                line += "\(Self.json(name)):\(Self.json(value)),"
            }
            for (name, value) in data { line += "\(Self.json(name)):\(Self.json(value))," }
            line.removeLast()
            line += "}"
        }
        for secret in state.secrets {
            line.replace(secret, with: "•••")
            // As it stands in a quoted text.
            line.replace(Self.json(secret).dropFirst().dropLast(), with: "•••")
        }
        write(line + "\n")
    }

    public func debug(_ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]) {
        log(.debug, scope, message, data)
    }
    public func info(_ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]) {
        log(.info, scope, message, data)
    }
    public func warning(_ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]) {
        log(.warning, scope, message, data)
    }
    public func error(_ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]) {
        log(.error, scope, message, data)
    }

    private static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 61 && $0 < 127 }
        return plain && !text.isEmpty ? text : json(text)
    }

    private static func json(_ value: Any) -> String {
        switch value {
        case let number as any BinaryInteger: "\(number)"
        case let number as Double where number.isFinite: "\(number)"
        case let truth as Bool: "\(truth)"
        default: json(String(describing: value))
        }
    }

    /// A JSON string. Control characters are escaped, so that no value can begin a line of its own.
    private static func json(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case let other where other.value < 32 || (127..<160).contains(other.value):
                let digits = String(other.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            case let other: out.unicodeScalars.append(other)
            }
        }
        return out + "\""
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}
