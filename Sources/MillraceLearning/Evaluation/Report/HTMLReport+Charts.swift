import MillraceCore

extension HTMLReport {
    var charts: String {
        let figures = [precisionRecall, roc, calibration].compactMap { $0 }
        guard !figures.isEmpty else { return "" }
        let legend =
            report.champion == nil
            ? ""
            : "<p class=\"legend\"><span class=\"key challenger\"></span> challenger "
                + "<span class=\"key champion\"></span> champion</p>\n"
        return section(
            "curves", "Curves", "\(legend)<div class=\"figures\">\n\(figures.joined(separator: "\n"))\n</div>")
    }

    private func figure(_ chart: SVGChart) -> String {
        "<figure><figcaption>\(HTMLText.escape(chart.title))</figcaption>\(chart.svg)</figure>"
    }

    private func describe(_ what: String, _ value: (ModelEvaluation) -> MetricValue) -> String {
        let champion = report.champion.map { ", champion \(plain(value($0)))" } ?? ""
        return "\(what): challenger \(plain(value(report.challenger)))\(champion)."
    }

    private func plain(_ value: MetricValue) -> String {
        if case .value(let number) = value { HTMLText.number(number) } else { value.description }
    }

    private func lines(_ points: (ModelEvaluation) -> [(x: Double, y: Double)]) -> [SVGChart.Line] {
        let champion = report.champion.map { SVGChart.Line(name: "champion", role: "champion", points: points($0)) }
        return [champion, SVGChart.Line(name: "challenger", role: "challenger", points: points(report.challenger))]
            .compactMap { $0 }
    }

    private var precisionRecall: String? {
        guard !report.challenger.precisionRecall.isEmpty else { return nil }
        return figure(
            SVGChart(
                id: "pr", title: "Precision and recall",
                description: describe("Average precision, the area under the curve", { $0.averagePrecision }),
                xLabel: "Recall: share of positives found", yLabel: "Precision: share of alerts that are right",
                x: .linear(0...1), y: .linear(0...1),
                lines: lines { $0.precisionRecall.map { ($0.recall, $0.precision) } }))
    }

    private var roc: String? {
        guard !report.challenger.roc.isEmpty else { return nil }
        let chance = SVGChart.Line(name: "chance", role: "reference", points: [(0, 0), (1, 1)])
        return figure(
            SVGChart(
                id: "roc", title: "ROC",
                description: describe("Area under the ROC curve", { $0.areaUnderROC }),
                xLabel: "False positive rate", yLabel: "True positive rate", x: .linear(0...1), y: .linear(0...1),
                lines: [chance] + lines { [(0, 0)] + $0.roc.map { ($0.falsePositiveRate, $0.truePositiveRate) } }))
    }

    /// Rare events crowd near 0, so both axes are logarithmic.
    private var calibration: String? {
        let bins = report.challenger.calibration.filter { $0.expected > 0 }
        guard let smallest = bins.flatMap({ [$0.expected, $0.observed].filter { $0 > 0 } }).min() else { return nil }
        var lowest = 0.1
        while lowest > smallest, lowest > 1e-8 { lowest /= 10 }
        let scale = SVGChart.Scale.logarithmic(lowest...1)
        func line(_ evaluation: ModelEvaluation, _ role: String, intervals: Bool) -> SVGChart.Line {
            let bins = evaluation.calibration.filter { $0.expected > 0 }
            return SVGChart.Line(
                name: role, role: role, points: bins.map { ($0.expected, $0.observed) }, hasMarks: true,
                intervals: intervals ? bins.map { ($0.observedLower, $0.observedUpper) } : [])
        }
        let spoken = bins.map { "\(HTMLText.percent($0.expected)) expected, \(HTMLText.percent($0.observed)) observed" }
        let perfect = SVGChart.Line(name: "perfect", role: "reference", points: [(lowest, lowest), (1, 1)])
        let champion = report.champion.map { line($0, "champion", intervals: false) }
        return figure(
            SVGChart(
                id: "calibration", title: "Calibration",
                description: "Bins of equal numbers of positives: \(spoken.joined(separator: "; ")).",
                xLabel: "Expected share of positives", yLabel: "Observed share", x: scale, y: scale,
                lines: [perfect] + [champion].compactMap { $0 }
                    + [line(report.challenger, "challenger", intervals: true)]))
    }
}
