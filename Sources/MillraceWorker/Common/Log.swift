import Foundation
import Synchronization

/// Log lines on standard error: one line an event, a constant message and its data beside it. No payload of an event
/// and no secret ever goes into one.
public final class Log: Sendable {
    public enum Level: Int, Sendable, Comparable, CaseIterable {
        case debug, info, warning, error
        public static func < (a: Level, b: Level) -> Bool { a.rawValue < b.rawValue }
        public var name: String { String(describing: self) }
    }
    public enum Format: String, Sendable, CaseIterable { case text, json }

    private let settings: Mutex<(level: Level, format: Format)>
    private let write: @Sendable (String) -> Void

    /// - Parameter write: receives each whole line, with its newline; standard error by default.
    public init(
        level: Level = .info, format: Format = .text,
        write: (@Sendable (String) -> Void)? = nil
    ) {
        settings = Mutex((level, format))
        self.write = write ?? { FileHandle.standardError.write(Data($0.utf8)) }
    }

    public func setLevel(_ level: Level) { settings.withLock { $0.level = level } }

    /// - Parameters:
    ///   - scope: the role or part that speaks.
    ///   - message: constant text.
    ///   - data: names and values, in the order in which people should read them.
    public func log(
        _ level: Level, _ scope: String, _ message: String, _ data: KeyValuePairs<String, Any> = [:]
    ) {
        let (least, format) = settings.withLock { $0 }
        guard level >= least else { return }
        let time = Date.now.ISO8601Format(.iso8601(timeZone: .gmt).time(includingFractionalSeconds: true))
        switch format {
        case .text:
            var line = "\(time) \(level.name.uppercased().padded(to: 7)) \(scope.padded(to: 9)) \(message)"
            for (name, value) in data { line += " \(name)=\(Self.quoted(String(describing: value)))" }
            write(line + "\n")
        case .json:
            var fields = [("time", time), ("level", level.name), ("scope", scope), ("message", message)]
            for (name, value) in data { fields.append((name, String(describing: value))) }
            let body = fields.map { "\(Self.json($0.0)):\(Self.json($0.1))" }.joined(separator: ",")
            write("{\(body)}\n")
        }
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
            case let other where other.value < 32 || other.value == 127:
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
