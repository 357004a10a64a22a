// Triggers, training and the gate.

struct TriggerDraft: Sendable {
    enum Clock: String, Sendable, CaseIterable { case event, wall }
    var every: Duration?
    var from: Timestamp?
    var windows: Int?
    var events: Int?
    var labels: Int?
    var schedule: String?
    var clock = Clock.event
}

struct GuardDraft: Sendable {
    var metric = Metric.averagePrecision
    var k: Int?
    var entity: String?
    var mayFall: Double?
    var mayGrow: Double?
}

extension PipelineSchema {
    static let triggerSection = Section(
        TriggerDraft(),
        variants: [
            VariantShape(key: "every", summary: "A span of event time.", example: "{ every: 7d, from: 2018-05-15 }"),
            VariantShape(key: "windows", summary: "That many new datasets.", example: "{ windows: 7 }"),
            VariantShape(key: "events", summary: "That many new events.", example: "{ events: 100000 }"),
            VariantShape(key: "labels", summary: "That many new labels.", example: "{ labels: 500 }"),
            VariantShape(
                key: "schedule", summary: "A cron expression in the pipeline's zone.",
                example: "{ schedule: \"0 3 * * mon\", clock: event }"),
        ],
        [
            .key("every", optional: \.every, .duration, "How much event time; whole windows.").only(with: "every")
                .example("7d"),
            .key("from", optional: \.from, .timestamp, "Where the spans begin.").only(with: "every")
                .without("the first window"),
            .key("windows", optional: \.windows, .integer(1...1_000_000), "How many.").only(with: "windows").example(
                "7"),
            .key("events", optional: \.events, .integer(1...Int.max), "How many.").only(with: "events").example(
                "100000"),
            .key("labels", optional: \.labels, .integer(1...Int.max), "How many.").only(with: "labels").example("500"),
            .key(
                "schedule", optional: \.schedule, .cron,
                "Minute, hour, day of month, month, day of week."
            ).only(with: "schedule").example("0 3 * * 1"),
            .key("clock", \.clock, .choice("clock"), "Whether event time meets the schedule, or the clock on the wall.")
                .only(with: "schedule"),
        ])

    static let trigger = Codec<TriggerDraft>.section(triggerSection).map(
        { draft, _, _, _ in Trigger(draft) }, from: { TriggerDraft($0) })

    static let training = Section(
        TrainingSettings(),
        [
            .key("span", \.span, .duration, "Event time that a run trains on; whole windows.").example("30d"),
            .key(
                "gap", \.gap, Codec<Duration>.durationOrZero.orKeyword("maturity"),
                "Event time between training and holdout; `maturity` is that of the labels."),
            .key(
                "holdout", \.holdout, .duration,
                "The newest matured event time, on which models are compared; whole windows."),
            .key(
                "warm_up", \.warmUp, Codec<Duration>.durationOrZero.orKeyword("auto"),
                "Event time at the stream's start that does not train; `auto` is as far as the features look back."),
            .key("minimum", \.self, inside: minimumOfTraining, "What a run must have, or it is refused."),
            .key("memory", \.memoryBytes, .bytes, "What a run may need, or it is refused."),
            .key(
                "sample_negatives", \.sampleNegatives, .boolean,
                "Rather than refuse, take a share of the negatives by a hash of their id, and weigh them up."),
            .key("attempts", \.attempts, .integer(1...20), "How often a run that fails is tried."),
            .key("trainer", \.trainer, .section(trainer), "What trains."),
        ])

    private static let minimumOfTraining = Section(
        TrainingSettings(),
        [
            .key("positives", \.minimumPositives, .integer(1...Int.max), "Positive events in training.")
        ])

    private static let trainer = Section(
        XGBoostSettings(),
        [
            .key("xgboost", \.self, inside: xgboost, "Gradient boosted trees.")
        ])

    private static var defaultParameters: String {
        let parameters = XGBoostSettings().parameters.sorted { $0.key < $1.key }
        return parameters.map { "`\($0.key): \($0.value)`" }.joined(separator: ", ")
    }

    private static let xgboost = Section(
        XGBoostSettings(),
        others: .key(
            others: \.parameters, .text, keys: "any parameter of XGBoost",
            "By XGBoost's own names, over defaults that fit rare events: \(defaultParameters).",
            check: checkParameter),
        [
            .key("rounds", \.rounds, .integer(1...100_000), "Trees."),
            .key("seed", \.seed, .integer(0...Int(Int32.max)), "Of what is random."),
            .key("threads", optional: \.threads, .integer(1...1024), "Processor threads.").without("all"),
            .key("early_stopping", \.self, inside: earlyStopping, "Stops when more trees do not help."),
        ])

    private static let earlyStopping = Section(
        XGBoostSettings(),
        [
            .key(
                "rounds", optional: \.earlyStoppingRounds, .integer(1...100_000),
                "Trees without improvement after which it stops."
            ).required().example("20"),
            .key(
                "share", \.earlyStoppingShare, .number(0...0.9, isOpenBelow: true),
                "The newest share of training on which improvement is measured."),
        ])

    static let gate = Section(
        GateSettings(),
        [
            .key(
                "exclude", optional: \.exclude, .section(exclusion),
                "Leaves rows out of the holdout whose entity was known to be positive already."
            ).example("{ entity: customer, known_positive_at: day_start, since: 14d before holdout }"),
            .key("metric", \.metric, .choice("metric"), "What is compared."),
            .key("margin", \.margin, .number(0...1), "By how much the challenger must be better."),
            .key("floor", optional: \.floor, .anyNumber, "The least value at which a first model passes.")
                .without("none"),
            .key("guards", \.guards, .list(of: guardCodec), "What must not get worse."),
            .key(
                "minimum", \.self, inside: minimumOfGate,
                "What the holdout must have, or the verdict is `inconclusive`."),
            .key(
                "approval", \.approval, .choice("mode"), "Whether a challenger that passes also waits for a person."),
            .key("expires", \.approvalExpires, .duration, "How long it waits."),
            .key(
                "alert_budget", optional: \.alertBudget, .integer(1...Int.max),
                "Alerts a day that people can look at: sets the threshold that goes with the model."
            )
            .without("none"),
            .key(
                "amount", optional: \.amountColumn, .column,
                "The column of money at stake, for the table of thresholds."
            )
            .without("none"),
            .key(
                "alert_cost", \.alertCost, .number(0...Double.infinity),
                "What looking at one alert costs, in the same money."),
            .key(
                "bootstrap", \.bootstrapReplicates, .integer(0...100_000),
                "Replicates of the paired bootstrap over entities."),
            .key("entity", optional: \.entity, .column, "The column over which the bootstrap and card precision count.")
                .without("that of `exclude`"),
        ])

    private static let minimumOfGate = Section(
        GateSettings(),
        [
            .key("positives", \.minimumPositives, .integer(1...Int.max), "Positive events in the holdout.")
        ])

    private static let exclusion = Section(
        GateSettings.Exclusion(entity: "", sinceBeforeHoldout: .zero),
        [
            .key("entity", \.entity, .column, "The column.").required().example("customer"),
            .key(
                "known_positive_at", \.atDayStart, .knowledge,
                "Known at the start of the metric day, or at the event itself."),
            .key("since", \.sinceBeforeHoldout, .beforeHoldout, "How long before the holdout a positive still counts.")
                .required().example("14d before holdout"),
        ])

    private static let guardSection = Section(
        GuardDraft(),
        [
            .key("metric", \.metric, .choice("metric"), "What is watched.").required().example("card_precision"),
            .key("k", optional: \.k, .integer(1...1_000_000), "For `card_precision`: alerts a day."),
            .key("entity", optional: \.entity, .column, "For `card_precision`: the column they are counted over.")
                .without("the gate's `entity`"),
            .key(
                "may_fall", optional: \.mayFall, .number(0...Double.infinity),
                "By how much the challenger may be worse. For `log_loss` and `brier`, worse is more."),
            .key(
                "may_grow", optional: \.mayGrow, .number(0...Double.infinity),
                "For `alert_volume`: by what share it may grow."),
        ])

    private static let guardCodec = Codec<GuardDraft>.section(guardSection).map(
        { GuardSetting($0, $2, &$3) }, from: { GuardDraft($0) })
}

extension Trigger {
    init?(_ draft: TriggerDraft) {
        if let span = draft.every {
            self = .every(span, from: draft.from)
        } else if let count = draft.windows {
            self = .windows(count)
        } else if let count = draft.events {
            self = .events(count)
        } else if let count = draft.labels {
            self = .labels(count)
        } else if let text = draft.schedule {
            self = .schedule(cron: text, wallClock: draft.clock == .wall)
        } else {
            return nil
        }
    }
}

extension TriggerDraft {
    init(_ trigger: Trigger) {
        switch trigger {
        case .every(let span, let start): (every, from) = (span, start)
        case .windows(let count): windows = count
        case .events(let count): events = count
        case .labels(let count): labels = count
        case .schedule(let text, let wallClock): (schedule, clock) = (text, wallClock ? .wall : .event)
        }
    }
}

extension GuardSetting {
    init?(_ draft: GuardDraft, _ path: String, _ decoding: inout Decoding) {
        let isVolume = draft.metric == .alertVolume
        let (wanted, other) = isVolume ? ("may_grow", "may_fall") : ("may_fall", "may_grow")
        if (isVolume ? draft.mayFall : draft.mayGrow) != nil {
            decoding.problem(
                .conflict, at: "\(path).\(other)",
                "'\(other)' does not go with \(draft.metric.rawValue); use '\(wanted)'")
            return nil
        }
        guard let tolerance = isVolume ? draft.mayGrow : draft.mayFall else {
            if decoding.isBroken(path) { return nil }
            decoding.problem(.missingKey, at: path, "'\(wanted)' is missing, such as `\(wanted): 0.03`")
            return nil
        }
        if draft.metric == .cardPrecision, draft.k == nil {
            if decoding.isBroken(path) { return nil }
            decoding.problem(.missingKey, at: path, "card_precision needs 'k', the alerts a day, such as `k: 100`")
            return nil
        }
        if draft.metric != .cardPrecision, draft.k != nil {
            decoding.problem(.conflict, at: path + ".k", "'k' goes with card_precision alone")
            return nil
        }
        self.init(metric: draft.metric, k: draft.k, entity: draft.entity, tolerance: tolerance)
    }
}

extension GuardDraft {
    init(_ setting: GuardSetting) {
        (metric, k, entity) = (setting.metric, setting.k, setting.entity)
        if metric == .alertVolume { mayGrow = setting.tolerance } else { mayFall = setting.tolerance }
    }
}

extension Codec where Value == Bool {
    /// `day_start` is true.
    static let knowledge = Codec.scalar(
        ScalarShape(
            name: "moment", json: [("enum", .array([.string("day_start"), .string("event")]))],
            allowed: ["day_start", "event"]),
        expected: "day_start or event",
        parse: { $0.text == "day_start" ? true : $0.text == "event" ? false : nil },
        format: { $0 ? "day_start" : "event" })
}

extension Codec where Value == Duration {
    static let beforeHoldout = Codec.scalar(
        ScalarShape(
            name: "duration",
            json: [("type", .string("string")), ("pattern", .string("^([0-9]+(us|ms|s|m|h|d|w))+( before holdout)?$"))]),
        expected: "a duration such as '14d before holdout'",
        parse: { scalar in
            let text = scalar.text.hasSuffix(" before holdout") ? String(scalar.text.dropLast(15)) : scalar.text
            return DurationText.parse(text)
        }, format: { DurationText.format($0) + " before holdout" })
}
