import Foundation
import Millrace

/// A small line over time as SVG. Its colours come from the style sheet, so that it follows light and dark.
struct LineChart {
    var points: [(time: Timestamp, value: Double)]
    /// What a reader who cannot see it is told.
    var description: String
    var tone = Tone.accent

    private static let (width, height) = (300.0, 84.0)
    private static let (top, bottom) = (8.0, 18.0)
    /// More points than pixels say nothing.
    private static let most = 150

    var svg: String {
        let shown = Self.thinned(points)
        guard let first = shown.first, let last = shown.last, shown.count > 1 else {
            return "<p class=\"quiet empty\">Lines begin with the second look.</p>"
        }
        let span = max(1, (last.time - first.time).seconds)
        let peak = max(1, shown.map(\.value).max()!)
        let floor = Self.height - Self.bottom
        let places = shown.map { point in
            let x = (point.time - first.time).seconds / span * Self.width
            let y = floor - point.value / peak * (floor - Self.top)
            return String(format: "%.1f,%.1f", x, y)
        }
        return """
            <svg class="line \(tone.rawValue)" viewBox="0 0 300 84" role="img" aria-label="\(escape(description))">\
            <path class="rule" d="M0 \(Int(floor))H300"/>\
            <path class="area" d="M0,\(Int(floor)) L\(places.joined(separator: " L")) L300,\(Int(floor)) Z"/>\
            <polyline points="\(places.joined(separator: " "))"/>\
            <text x="0" y="81">\(Words.duration(span)) ago</text><text x="300" y="81" text-anchor="end">now</text>\
            \(shown.contains { $0.value > 0 } ? "<text x=\"300\" y=\"7\" text-anchor=\"end\">\(Words.count(peak))</text>" : "")</svg>
            """
    }

    /// The highest of each bucket: a peak must not vanish.
    private static func thinned(_ points: [(time: Timestamp, value: Double)]) -> [(time: Timestamp, value: Double)] {
        guard points.count > most else { return points }
        let size = (points.count + most - 1) / most
        return stride(from: 0, to: points.count, by: size).map { start in
            points[start..<min(start + size, points.count)].max { $0.value < $1.value }!
        }
    }
}
