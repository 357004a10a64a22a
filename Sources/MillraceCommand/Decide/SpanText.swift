import CommandLine
import Foundation
import Millrace

/// Spans of event time on the command line: `2018-07-25..2018-07-31` (days, the last one included) or
/// `2018-07-25T00:00:00Z..2018-08-01T00:00:00Z` (half-open).
enum SpanText {
    static func parse(_ arguments: Arguments, _ name: String) throws(UsageError) -> Window? {
        guard let text = arguments.textIfGiven(name) else { return nil }
        guard let window = window(text) else {
            throw UsageError(
                .invalidValue, "--\(name): expected a span such as 2018-07-25..2018-07-31, found '\(text)'.",
                advice: "Days are taken whole, the last one included.")
        }
        return window
    }

    static func window(_ text: String) -> Window? {
        let parts = text.components(separatedBy: "..")
        guard parts.count == 2, let start = moment(parts[0]), let end = moment(parts[1]) else { return nil }
        let window = Window(start: start.time, end: end.isDay ? end.time + .seconds(86_400) : end.time)
        return window.start < window.end ? window : nil
    }

    private static func moment(_ text: String) -> (time: Timestamp, isDay: Bool)? {
        if let time = Timestamp(rfc3339: text) { return (time, false) }
        return Timestamp(rfc3339: text + "T00:00:00Z").map { ($0, true) }
    }
}

/// `name=value` pairs.
enum ParameterText {
    static func parse(_ texts: [String]) throws(UsageError) -> [String: String] {
        var parameters: [String: String] = [:]
        for text in texts {
            guard let split = text.firstIndex(of: "="), split != text.startIndex,
                text.index(after: split) != text.endIndex
            else {
                throw UsageError(
                    .invalidValue, "--set: expected name=value such as max_depth=6, found '\(text)'.")
            }
            let name = String(text[..<split])
            guard parameters.updateValue(String(text[text.index(after: split)...]), forKey: name) == nil else {
                throw UsageError(.repeatedOption, "--set: '\(name)' was given twice, expected it once.")
            }
        }
        return parameters
    }
}
