import MillraceCore
import Foundation

/// A small line chart as inline SVG. Colours come from the page's style, so it follows light and dark.
struct SVGChart {
    struct Line {
        var name: String
        /// `challenger`, `champion` or `reference`: a class of the style sheet.
        var role: String
        var points: [(x: Double, y: Double)]
        /// Draws the points themselves, with an interval each where there is one.
        var hasMarks = false
        var intervals: [(low: Double, high: Double)] = []
    }

    enum Scale {
        case linear(ClosedRange<Double>)
        /// Powers of ten.
        case logarithmic(ClosedRange<Double>)

        func position(_ value: Double) -> Double {
            switch self {
            case .linear(let range):
                return (min(max(value, range.lowerBound), range.upperBound) - range.lowerBound)
                    / (range.upperBound - range.lowerBound)
            case .logarithmic(let range):
                let bounded = min(max(value, range.lowerBound), range.upperBound)
                return log(bounded / range.lowerBound) / log(range.upperBound / range.lowerBound)
            }
        }

        var ticks: [(value: Double, text: String)] {
            switch self {
            case .linear(let range):
                return (0...4).map { index in
                    let value = range.lowerBound + (range.upperBound - range.lowerBound) * Double(index) / 4
                    return (value, String(format: "%g", value))
                }
            case .logarithmic(let range):
                let exponents =
                    Int(log10(range.lowerBound).rounded(.up))...Int(log10(range.upperBound).rounded(.down))
                return exponents.map {
                    (pow(10, Double($0)), $0 < -3 ? "1e\($0)" : String(format: "%g", pow(10, Double($0))))
                }
            }
        }
    }

    /// Unique in the page: the SVG's title and description are tied to it.
    var id: String
    var title: String
    /// What a reader who cannot see the chart is told.
    var description: String
    var xLabel: String
    var yLabel: String
    var x: Scale
    var y: Scale
    var lines: [Line]

    private static let (width, height) = (430.0, 320.0)
    private static let (left, right, top, bottom) = (52.0, 14.0, 12.0, 46.0)

    var svg: String {
        let (width, height) = (Self.width, Self.height)
        var text = """
            <svg class="chart" viewBox="0 0 \(Int(width)) \(Int(height))" role="img" \
            aria-labelledby="\(id)-title \(id)-desc"><title id="\(id)-title">\(HTMLText.escape(title))</title>\
            <desc id="\(id)-desc">\(HTMLText.escape(description))</desc>

            """
        for tick in x.ticks {
            let at = number(px(tick.value))
            text += "<line class=\"grid\" x1=\"\(at)\" x2=\"\(at)\" y1=\"\(number(Self.top))\" "
            text += "y2=\"\(number(height - Self.bottom))\"/>"
            text += "<text class=\"tick\" x=\"\(at)\" y=\"\(number(height - Self.bottom + 17))\" "
            text += "text-anchor=\"middle\">\(tick.text)</text>\n"
        }
        for tick in y.ticks {
            let at = number(py(tick.value))
            text += "<line class=\"grid\" x1=\"\(number(Self.left))\" x2=\"\(number(width - Self.right))\" "
            text += "y1=\"\(at)\" y2=\"\(at)\"/>"
            text += "<text class=\"tick\" x=\"\(number(Self.left - 8))\" y=\"\(number(py(tick.value) + 4))\" "
            text += "text-anchor=\"end\">\(tick.text)</text>\n"
        }
        let middle = Self.left + (width - Self.left - Self.right) / 2
        text += "<text class=\"axis\" x=\"\(number(middle))\" y=\"\(number(height - 8))\" text-anchor=\"middle\">"
        text += HTMLText.escape(xLabel) + "</text>\n"
        let centre = number(Self.top + (height - Self.top - Self.bottom) / 2)
        text += "<text class=\"axis\" transform=\"translate(13 \(centre)) rotate(-90)\" text-anchor=\"middle\">"
        text += HTMLText.escape(yLabel) + "</text>\n"
        return text + lines.map(draw).joined() + "</svg>"
    }

    private func draw(_ line: Line) -> String {
        guard !line.points.isEmpty else { return "" }
        let path = line.points.map { "\(number(px($0.x))),\(number(py($0.y)))" }.joined(separator: " ")
        var text = "<polyline class=\"line \(line.role)\" points=\"\(path)\"/>\n"
        guard line.hasMarks else { return text }
        for (index, point) in line.points.enumerated() {
            let at = number(px(point.x))
            if index < line.intervals.count {
                let (low, high) = line.intervals[index]
                text += "<line class=\"whisker \(line.role)\" x1=\"\(at)\" x2=\"\(at)\" "
                text += "y1=\"\(number(py(low)))\" y2=\"\(number(py(high)))\"/>"
            }
            text += "<circle class=\"mark \(line.role)\" cx=\"\(at)\" cy=\"\(number(py(point.y)))\" r=\"3\"/>\n"
        }
        return text
    }

    private func px(_ value: Double) -> Double { Self.left + x.position(value) * (Self.width - Self.left - Self.right) }
    private func py(_ value: Double) -> Double {
        Self.height - Self.bottom - y.position(value) * (Self.height - Self.top - Self.bottom)
    }
    private func number(_ value: Double) -> String { String(format: "%.1f", value) }
}
