import MillraceCore
import Foundation

/// Text and numbers as HTML shows them.
public enum HTMLText {
    /// Safe between tags and inside quoted attributes. Names of features and topics come from outside.
    public static func escape(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            // Control characters are no HTML, whatever they are written as.
            case _ where scalar.value < 0x20 && !"\t\n\r".unicodeScalars.contains(scalar): result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// `58,264`.
    public static func count(_ value: Int) -> String {
        let digits = String(value.magnitude)
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
            result.append(digit)
        }
        return value < 0 ? "−" + result : result
    }

    /// As many digits as a metric deserves; a score of a rare event keeps its first four.
    public static func number(_ value: Double) -> String {
        let magnitude = abs(value)
        guard magnitude.isFinite else { return value.isNaN ? "–" : value < 0 ? "−∞" : "∞" }
        let text: String
        // Beyond this a number does not fit an integer's digits, nor a column.
        if magnitude >= 1e15 {
            text = String(format: "%.2e", magnitude)
        } else if magnitude >= 1000 {
            text = count(Int(magnitude.rounded()))
        } else if magnitude >= 10 {
            text = String(format: "%.1f", magnitude)
        } else if magnitude == 0 || magnitude >= 0.001 {
            text = String(format: magnitude >= 1 ? "%.3f" : "%.4f", magnitude)
        } else {
            text = String(format: "%.2e", magnitude)
        }
        return value < 0 ? "−" + text : text
    }

    static func perDay(_ value: Double) -> String {
        value >= 100 ? number(value.rounded()) : String(format: "%.1f", value)
    }

    static func signed(_ value: Double) -> String { value > 0 ? "+" + number(value) : number(value) }

    public static func percent(_ share: Double) -> String {
        String(format: share < 0.1 ? "%.2f %%" : "%.1f %%", share * 100)
    }

    static func value(_ value: MetricValue) -> String {
        switch value {
        case .value(let number): Self.number(number)
        case .undefined(let reason): "<span class=\"undefined\">undefined, because \(reason.explanation)</span>"
        }
    }
}
