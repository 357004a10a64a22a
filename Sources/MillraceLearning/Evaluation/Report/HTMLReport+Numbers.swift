import MillraceCore

extension HTMLReport {
    var metrics: String {
        guard !report.comparisons.isEmpty else { return "" }
        let hasChampion = report.championName != nil
        let level = HTMLText.number((report.comparisons[0].challenger.level * 100).rounded())
        let rows = report.comparisons.map { comparison -> [String] in
            var row = [name(of: comparison.request), cell(comparison.challenger)]
            guard hasChampion else { return row }
            row.append(comparison.champion.map { cell($0) } ?? "–")
            row.append(comparison.difference.map { cell($0, isDifference: true) } ?? "–")
            row.append(comparison.challengerBetter.map { HTMLText.percent($0) } ?? "–")
            return row
        }
        let caption =
            "On the judged rows; below each value its \(level.hasSuffix(".0") ? String(level.dropLast(2)) : level) % "
            + "interval from \(HTMLText.count(report.comparisons[0].challenger.replicates)) resamples of entities"
            + (hasChampion ? ", the same for both models" : "")
        let head = ["Metric", "Challenger"] + (hasChampion ? ["Champion", "Difference", "Resamples won"] : [])
        return section("metrics", "Metrics", table(caption, head: head, rows: rows))
    }

    private func name(of request: MetricRequest) -> String {
        switch request.metric {
        case .averagePrecision: "Average precision"
        case .areaUnderROC: "Area under ROC"
        case .cardPrecision: "Card precision at \(HTMLText.count(request.k ?? 0))"
        case .logLoss: "Log loss"
        case .brier: "Brier score"
        case .alertVolume: "Alerts a day"
        }
    }

    var calibrationTable: String {
        guard !report.challenger.calibration.isEmpty else { return "" }
        let rows = report.challenger.calibration.map { bin in
            [
                "\(HTMLText.number(bin.lowest)) to \(HTMLText.number(bin.highest))", HTMLText.count(bin.rows),
                HTMLText.percent(bin.expected),
                "\(HTMLText.percent(bin.observed))<br><small>\(HTMLText.percent(bin.observedLower)) to "
                    + "\(HTMLText.percent(bin.observedUpper))</small>",
            ]
        }
        return section(
            "calibration-table", "Calibration",
            table(
                "Bins with the same number of positives each; below each observed share its 95 % interval",
                head: ["Scores", "Rows", "Expected", "Observed"], rows: rows))
    }

    private func cell(_ interval: BootstrapInterval, isDifference: Bool = false) -> String {
        guard case .value(let estimate) = interval.estimate else { return HTMLText.value(interval.estimate) }
        let show = isDifference ? HTMLText.signed : HTMLText.number
        guard let lower = interval.lower, let upper = interval.upper else { return show(estimate) }
        return "\(show(estimate))<br><small>\(show(lower)) to \(show(upper))</small>"
    }

    var thresholds: String {
        let evaluation = report.challenger
        guard !evaluation.thresholds.isEmpty else { return "" }
        let hasCost = evaluation.thresholds.contains { $0.cost != nil }
        func row(_ point: ThresholdPoint, _ name: String) -> [String] {
            let cells = [
                name, HTMLText.perDay(point.alertsPerDay), HTMLText.value(point.precision),
                HTMLText.value(point.recall), HTMLText.value(point.f1),
            ]
            return cells + (hasCost ? [point.cost.map { HTMLText.number($0) } ?? "–"] : [])
        }
        var rows = evaluation.thresholds.map { row($0, HTMLText.number($0.threshold)) }
        if let point = evaluation.operatingPoint {
            rows.insert(row(point, "<strong>\(HTMLText.number(point.threshold))</strong> <em>in force</em>"), at: 0)
        }
        return section(
            "thresholds", "Thresholds",
            table(
                "A row at or above the threshold is an alert; alerts double from line to line",
                head: ["Threshold", "Alerts a day", "Precision", "Recall", "F1"] + (hasCost ? ["Cost"] : []),
                rows: rows))
    }

    var importance: String {
        guard let greatest = report.importance.map(\.gain).max(), greatest > 0 else { return "" }
        let total = report.importance.reduce(0) { $0 + $1.gain }
        let rows = report.importance.prefix(30).map { entry -> [String] in
            let width = String(Int((entry.gain / greatest * 1000).rounded()))
            let bar =
                "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
                + "<rect width=\"\(width)\" height=\"10\"/></svg>"
            return [HTMLText.escape(entry.feature), HTMLText.percent(entry.gain / total), bar]
        }
        return section(
            "importance", "What the model looks at",
            table("Share of the gain of all splits", head: ["Feature", "Share", ""], rows: rows))
    }

    var data: String {
        let rows = report.spans.map { span in
            [
                HTMLText.escape(span.name), "\(span.window.start)", "\(span.window.end)", HTMLText.count(span.rows),
                HTMLText.count(span.positives),
                span.rows > 0 ? HTMLText.percent(Double(span.positives) / Double(span.rows)) : "–",
                HTMLText.count(span.unlabelled), HTMLText.count(span.excludedRows),
            ]
        }
        var text = table(
            "Windows end before their second time",
            head: ["Span", "From", "To", "Rows", "Positives", "Rate", "Unlabelled", "Excluded"], rows: rows)
        if !report.offsets.isEmpty {
            text += table(
                "Records the model depends on, up to and without the last offset",
                head: ["Source", "First offset", "Last offset", "Records"],
                rows: report.offsets.map {
                    [HTMLText.escape($0.source), "\($0.from)", "\($0.to)", HTMLText.count(Int($0.to - $0.from))]
                })
        }
        return section("data", "Data", text)
    }

    var lineage: String {
        guard !report.lineage.isEmpty else { return "" }
        let facts = report.lineage.map {
            "<dt>\(HTMLText.escape($0.name))</dt><dd>\(HTMLText.escape($0.value))</dd>"
        }
        return section("lineage", "Lineage", "<dl>\n\(facts.joined(separator: "\n"))\n</dl>")
    }
}
