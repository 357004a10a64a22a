extension PipelineCheck {
    mutating func spans() {
        let size = pipeline.windows.size
        let day = Duration.seconds(86_400)
        if size > .zero, !decoding.isBroken("windows.size"), day.microseconds % size.microseconds != 0,
            size.microseconds % day.microseconds != 0
        {
            decoding.problem(
                .value, at: "windows.size",
                "expected a size that divides a day (5m, 1h, 6h) or is whole days, found \(DurationText.format(size))")
        }
        if let unique = pipeline.events.unique, unique.within > .seconds(366 * 86_400) {
            decoding.problem(
                .value, at: "events.unique.within", "ids are remembered in memory, for 366d at most")
        }
        for (name, span) in [
            ("size", pipeline.windows.size), ("lateness", pipeline.windows.lateness),
            ("max_jump", pipeline.windows.maximumJump),
        ] where span > .seconds(36_600 * 86_400) {
            decoding.problem(
                .value, at: "windows.\(name)", "expected at most 36600d, found \(DurationText.format(span))")
        }
        // What is taken late must not be further ahead than what is doubted.
        if !decoding.isBroken("windows"), pipeline.windows.maximumJump < pipeline.windows.size {
            decoding.problem(
                .conflict, at: "windows.max_jump",
                "max_jump of \(DurationText.format(pipeline.windows.maximumJump)) is less than a window of "
                    + "\(DurationText.format(size)): quiet hours would look like faults")
        }
        retention()
    }

    private mutating func retention() {
        let reach = pipeline.features.map(\.reach).max() ?? .zero
        let slices = pipeline.retention.slices
        if !decoding.isBroken("retention"), !decoding.isBroken("features"), slices < reach {
            decoding.problem(
                .conflict, at: "retention.slices",
                "slices are kept for \(DurationText.format(slices)), and features look back "
                    + "\(DurationText.format(reach)): state could not be made again")
        }
        guard pipeline.labels != nil, !decoding.isBroken("retention"), !decoding.isBroken("training") else { return }
        let training = pipeline.training
        let maturity = pipeline.labels?.maturity ?? .zero
        let exclusion = pipeline.gate.exclude?.sinceBeforeHoldout ?? .zero
        let span = max(training.span + (training.gap ?? maturity), exclusion) + training.holdout + maturity
        if pipeline.retention.datasets < span, !pipeline.triggers.isEmpty {
            decoding.problem(
                .conflict, at: "retention.datasets",
                "datasets are kept for \(DurationText.format(pipeline.retention.datasets)), and a run reaches back "
                    + "\(DurationText.format(span)) (training and gap, or what gate.exclude looks back at; holdout; maturity)"
            )
        }
    }

    mutating func learning() {
        let training = pipeline.training
        wholeWindows(training.span, at: "training.span", "a span")
        wholeWindows(training.holdout, at: "training.holdout", "a holdout")
        if let gap = training.gap { wholeWindows(gap, at: "training.gap", "a gap") }
        if let maturity = pipeline.labels?.maturity { wholeWindows(maturity, at: "labels.maturity", "a maturity") }
        if let warmUp = training.warmUp { wholeWindows(warmUp, at: "training.warm_up", "a warm-up") }
        if pipeline.labels == nil, !decoding.isBroken("labels") {
            for section in ["training", "gate", "triggers"] where decoding.map.places[section] != nil {
                decoding.problem(
                    .missingKey, at: section, "'\(section)' needs the section 'labels': there is nothing to learn")
            }
        }
        triggers()
        gate()
        kafka()
    }

    private mutating func triggers() {
        var seen: [Trigger] = []
        for (index, trigger) in pipeline.triggers.enumerated() {
            let path = decoding.path("triggers", member: index)
            if case .every(let span, _) = trigger { wholeWindows(span, at: path + ".every", "a trigger") }
            if seen.contains(trigger) {
                decoding.problem(.conflict, at: path, "the same trigger stands above already")
            }
            seen.append(trigger)
        }
    }

    private mutating func gate() {
        let gate = pipeline.gate
        column(gate.exclude?.entity, at: "gate.exclude.entity", for: .key)
        column(gate.amountColumn, at: "gate.amount", for: .number)
        column(gate.entity, at: "gate.entity", for: .key)
        let entity = gate.entity ?? gate.exclude?.entity
        if gate.metric == .cardPrecision, entity == nil, !decoding.isBroken("gate") {
            decoding.problem(
                .missingKey, at: "gate.entity",
                "card_precision needs 'entity', the column of cards, such as `entity: customer`")
        }
        if gate.metric == .alertVolume {
            decoding.problem(
                .value, at: "gate.metric", "alert_volume does not say which model is better; use it in 'guards'")
        }
        for (index, setting) in gate.guards.enumerated() {
            let path = decoding.path("gate.guards", member: index)
            column(setting.entity, at: path + ".entity", for: .key)
            if setting.metric == .cardPrecision, setting.entity == nil, entity == nil {
                decoding.problem(
                    .missingKey, at: path + ".entity",
                    "card_precision needs 'entity', the column of cards, here or in 'gate'")
            }
        }
    }

    private mutating func kafka() {
        let brokers = pipeline.kafka.brokers
        if pipeline.kafka.transactions == .always, pipeline.kafka.isEmbedded {
            decoding.problem(.conflict, at: "kafka.transactions", "the embedded broker has no transactions")
        }
        guard !pipeline.kafka.isEmbedded, !decoding.isBroken("kafka.brokers") else { return }
        for broker in brokers.split(separator: ",", omittingEmptySubsequences: false) {
            let text = broker.filter { $0 != " " }
            let port = text.split(separator: ":").last.flatMap { Int($0) }
            let isAddress = text.contains(":") && !text.hasPrefix(":") && port.map((1...65_535).contains) ?? false
            guard !isAddress else { continue }
            decoding.problem(
                .value, at: "kafka.brokers", "expected host:port (several with commas) or embedded, found '\(text)'",
                suggestion: text.contains(":") ? nil : Spelling.nearest(to: text, among: ["embedded"]) ?? "\(text):9092"
            )
        }
    }
}
