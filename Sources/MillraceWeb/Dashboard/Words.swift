import Foundation
import Millrace

/// Numbers and times as people read them.
enum Words {
    static func duration(_ seconds: Double) -> String {
        let seconds = max(0, seconds)
        switch seconds {
        case ..<10: return String(format: seconds == seconds.rounded() ? "%.0f s" : "%.1f s", seconds)
        case ..<120: return "\(Int(seconds)) s"
        case ..<7200: return "\(Int(seconds / 60)) min"
        case ..<172_800: return "\(Int(seconds / 3600)) h"
        default: return "\(Int(seconds / 86_400)) d"
        }
    }

    /// `1,234`, `56.1 k`, `2.30 M`.
    static func count(_ value: Double) -> String {
        switch abs(value) {
        case ..<10 where value != value.rounded(): String(format: "%.1f", value)
        case ..<10_000: HTMLText.count(Int(value.rounded()))
        case ..<1e6: String(format: "%.1f k", value / 1e3)
        case ..<1e9: String(format: "%.2f M", value / 1e6)
        default: String(format: "%.2f G", value / 1e9)
        }
    }

    static func count(_ value: some BinaryInteger) -> String { count(Double(value)) }

    /// `2018-08-06 12:00`, in UTC.
    static func moment(_ time: Timestamp) -> String {
        String(time.description.prefix(16)).replacing("T", with: " ")
    }

    static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }

    static func span(_ window: Window) -> String { "\(day(window.start)) to \(day(window.end))" }

    static func metric(_ name: String) -> String { name.replacing("_", with: " ") }

    static func catchUp(_ catchUp: CatchUp) -> String {
        switch catchUp.kind {
        case .done: "caught up"
        case .later: "caught up in \(duration(catchUp.seconds ?? 0))"
        case .never: "never at this rate"
        case .unknown: ""
        }
    }

    static func verdict(_ code: LagVerdict.Code) -> String { code.rawValue.replacing("-", with: " ") }
}
