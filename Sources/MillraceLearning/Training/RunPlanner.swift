public import MillraceCore

/// Makes the plan of a run from what the catalog knew at `asOf`, or says why there can be none. Pure: the same catalog
/// up to `asOf` gives the same plan, however much has arrived since.
public struct RunPlanner: Sendable, Equatable {
    public var windowSize: Duration
    public var training: TrainingSettings
    public var labels: LabelSource?
    public var featureHash: String
    public var reach: RunReach
    /// How long datasets are kept; nil: as long as they are there.
    public var retention: Duration?

    public init(
        windowSize: Duration, training: TrainingSettings, labels: LabelSource?, featureHash: String,
        reach: RunReach = .init(), retention: Duration? = nil
    ) {
        self.windowSize = windowSize
        self.training = training
        self.labels = labels
        self.featureHash = featureHash
        self.reach = reach
        self.retention = retention
    }

    public func plan(
        asOf: Timestamp, requested: RetrainRequested.Windows? = nil, catalog: DatasetCatalog
    ) throws(RunRefusal) -> RunPlan {
        let matured = try maturedThrough(asOf: asOf, catalog: catalog)
        let end = floor(min(asOf, matured))
        let holdout = try self.holdout(endingAt: end, requested: requested?.holdout)
        // What a model trained when the holdout began could have trusted: the labels' watermark of that moment, which
        // stands further back than `gap` when the feed was silent then.
        let gap = training.gap ?? labels?.maturity ?? .zero
        let trusted = catalog.labels(knownAt: holdout.start)?.maturedThrough ?? .distantPast
        let lastTrainable = floor(min(holdout.start - gap, trusted))
        let span = try trainingSpan(
            endingAt: lastTrainable, declaredEnd: floor(holdout.start - gap), maturedAt: end, asOf: asOf,
            requested: requested?.training, catalog: catalog)
        let isLater = span.end > lastTrainable
        var plan = RunPlan(
            asOf: asOf, maturedThrough: matured, training: span,
            gap: Window(start: min(span.end, holdout.start), end: holdout.start), holdout: holdout,
            // Spans that reach beyond what a model of that time could have known are labelled by what is known now.
            trainingLabelsKnownAt: isLater ? asOf : holdout.start, holdoutLabelsKnownAt: asOf, trainingRows: 0,
            holdoutRows: 0, estimatedBytes: 0)
        plan.holdoutSeen = isLater
        try checkKept(plan)
        try takeWindows(of: &plan, catalog: catalog)
        try fitMemory(&plan, features: catalog.datasets(featureHash, within: span).first?.features.count ?? 0)
        return plan
    }

    private func maturedThrough(asOf: Timestamp, catalog: DatasetCatalog) throws(RunRefusal) -> Timestamp {
        guard let labels else {
            throw RunRefusal(.noLabels, "the pipeline declares no labels, and without labels nothing can be learnt")
        }
        guard let arrived = catalog.labels(knownAt: asOf), let matured = arrived.maturedThrough else {
            throw RunRefusal(.warmingUp, "no label has become known by \(asOf); the first run needs matured labels")
        }
        if arrived.isSilent {
            let last = arrived.lastKnown.map { "the last became known at \($0)" } ?? "none has become known"
            throw RunRefusal(
                .labelsSilent,
                "no new label for \(DurationText.format(labels.silentAfter)) at \(asOf): \(last); an event without a "
                    + "label cannot be taken for genuine until the label feed is back")
        }
        if let rate = arrived.matchRate, rate < labels.minimumMatch {
            throw RunRefusal(
                .lowMatch,
                "the events of only \(Self.percent(rate)) of the labels were found (at least "
                    + "\(Self.percent(labels.minimumMatch)) expected): compare labels.event with the events' ids")
        }
        return matured
    }

    private func holdout(endingAt end: Timestamp, requested: Window?) throws(RunRefusal) -> Window {
        guard let requested else { return Window(start: floor(end - training.holdout), end: end) }
        let span = wholeWindows(requested)
        guard span.start < span.end else {
            throw RunRefusal(.badWindows, "the requested holdout \(requested) holds no whole window")
        }
        guard span.end <= end else {
            throw RunRefusal(
                .badWindows, "the requested holdout ends at \(span.end), but labels are matured through \(end) only")
        }
        return span
    }

    private func trainingSpan(
        endingAt lastTrainable: Timestamp, declaredEnd: Timestamp, maturedAt end: Timestamp, asOf: Timestamp,
        requested: Window?, catalog: DatasetCatalog
    ) throws(RunRefusal) -> Window {
        if let requested {
            let span = wholeWindows(requested)
            guard span.start < span.end else {
                throw RunRefusal(.badWindows, "the requested training span \(requested) holds no whole window")
            }
            guard span.end <= end else {
                throw RunRefusal(
                    .badWindows,
                    "the requested training span ends at \(span.end), but labels are matured through \(end) only")
            }
            return span
        }
        guard lastTrainable > .distantPast + training.span else {
            throw RunRefusal(
                .warmingUp, "no label was matured when the holdout began (\(declaredEnd) and a gap later)")
        }
        return Window(start: floor(lastTrainable - training.span), end: lastTrainable)
    }

    /// What retention has removed cannot be learned from. That is told by the plan, not by what is on the disk, so that a
    /// replay refuses the same runs.
    private func checkKept(_ plan: RunPlan) throws(RunRefusal) {
        let oldest = reach.events(of: plan).start
        guard let retention, oldest < plan.asOf - retention else { return }
        throw RunRefusal(
            .expired,
            "the run looks back to \(oldest), and at \(plan.asOf) datasets are kept since \(plan.asOf - retention) "
                + "(retention.datasets is \(DurationText.format(retention)))")
    }

    /// Counts rows and leaves out incomplete windows, or refuses.
    private func takeWindows(of plan: inout RunPlan, catalog: DatasetCatalog) throws(RunRefusal) {
        let all = catalog.all(featureHash)
        guard let first = all.first?.window.start else {
            throw RunRefusal(.noData, "there is no dataset of the feature set \(featureHash.prefix(12)) yet")
        }
        let warm = all.first { !$0.isCold }?.window.start ?? .distantFuture
        guard max(first, warm) <= plan.training.start else {
            let since = warm == .distantFuture ? "none is yet" : "the first is that of \(warm)"
            throw RunRefusal(
                .warmingUp,
                "training begins at \(plan.training.start), before windows whose features see their whole reach: "
                    + since)
        }
        let width = windowSize.microseconds
        for (name, span) in [("training", plan.training), ("holdout", plan.holdout)] {
            let found = catalog.datasets(featureHash, within: span)
            let expected = Int((span.end.microseconds - span.start.microseconds) / width)
            guard found.count == expected else {
                throw RunRefusal(
                    .notEnoughWindows, "\(name) \(span) has \(found.count) of the \(expected) windows it needs")
            }
            let cold = found.filter(\.isCold).map(\.window)
            // A holdout is whole or it is another question; training bears a minority of gaps.
            guard cold.isEmpty || (name == "training" && cold.count * 2 <= expected) else {
                throw RunRefusal(
                    .incompleteWindows,
                    "\(cold.count) of the \(expected) windows of \(name) \(span) look back at a skipped window")
            }
            let rows = found.lazy.filter { !$0.isCold }.map(\.rows).reduce(0, +)
            if name == "training" {
                plan.excluded = cold
                plan.trainingRows = rows
            } else {
                plan.holdoutRows = rows
            }
        }
    }

    /// What a row takes while training: the assembled 32-bit values, XGBoost's own copy (an entry of 8 bytes a value),
    /// its quantile index (2 to 4 bytes a value), label, weight and gradients.
    static func bytes(rows: Int, features: Int) -> Int { rows * (features * 16 + 64) }

    private func fitMemory(_ plan: inout RunPlan, features: Int) throws(RunRefusal) {
        plan.estimatedBytes = Self.bytes(rows: plan.trainingRows, features: features)
        guard plan.estimatedBytes > training.memoryBytes else { return }
        let share = Double(training.memoryBytes) / Double(plan.estimatedBytes)
        let sentence =
            "training on \(plan.trainingRows) rows of \(features) features needs about \(plan.estimatedBytes >> 20) "
            + "MiB, and training.memory allows \(training.memoryBytes >> 20) MiB"
        guard training.sampleNegatives else {
            throw RunRefusal(.memory, sentence + ": raise it, shorten training.span, or allow sample_negatives")
        }
        // Whole percents below the share leave room for the positives, which are all kept.
        plan.negativeShare = (share * 100 - 1).rounded(.down) / 100
        guard plan.negativeShare >= 0.01 else {
            throw RunRefusal(.memory, sentence + ": even one negative in a hundred is too many")
        }
        plan.estimatedBytes = Int(Double(plan.estimatedBytes) * plan.negativeShare)
    }

    private func floor(_ time: Timestamp) -> Timestamp { Window(holding: time, size: windowSize).start }

    private func wholeWindows(_ span: Window) -> Window {
        let start = floor(span.start)
        return Window(start: start < span.start ? start + windowSize : start, end: floor(span.end))
    }

    static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
