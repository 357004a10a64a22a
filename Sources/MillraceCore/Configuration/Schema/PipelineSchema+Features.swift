// Features and rules: entries of which one key says what they are.

struct FeatureDraft: Sendable {
    var name = ""
    var column: String?
    var calendar: FeatureDeclaration.CalendarField?
    var members: [String]?
    var arithmetic: String?
    var category: String?
    var values: [String]?
    var buckets: Int?
    var rolling: FeatureDeclaration.RollingFunction?
    var of: String?
    var key: String?
    var over: [Duration] = []
    var delay = Duration.zero
    var empty: Double?
}

struct RuleDraft: Sendable {
    var name: String?
    var range: String?
    var members: String?
    var nullShare: String?
    var rows: RowBounds?
    var values: [String]?
    var minimum: Double?
    var maximum: Double?
    var action = ValidationRule.Action.quarantine

    struct RowBounds: Sendable {
        var minimum: Int?
        var maximum: Int?
    }
}

extension PipelineSchema {
    static let featureSection = Section(
        FeatureDraft(),
        variants: [
            VariantShape(
                key: "column", summary: "A numeric, boolean or time column as it is.",
                example: "{ name: amount, column: amount }"),
            VariantShape(
                key: "calendar",
                summary: "A field of event time in the pipeline's zone, or whether it is one of some values.",
                example: "{ name: weekend, calendar: weekday, in: [sat, sun] }"),
            VariantShape(
                key: "arithmetic", summary: "A formula over earlier features and numeric columns.",
                example: "{ name: amount_ratio, arithmetic: amount / customer_mean_7d, empty: 1 }"),
            VariantShape(
                key: "category", summary: "A text or id as a number: its place in a list, or a fixed hash.",
                example: "{ name: currency, category: currency, values: [EUR, USD] }"),
            VariantShape(
                key: "rolling",
                summary:
                    "Over the events of the same key in (t − delay − duration, t − delay], this one included when there is no delay; one feature for each duration, named `name_7d`.",
                example: "{ name: customer_mean, rolling: mean, of: amount, key: customer, over: [1d, 7d, 30d] }"),
        ],
        [
            .key("name", \.name, .identifier, "The feature's name, or what the names of a rolling one begin with.")
                .required().example("amount"),
            .key("column", optional: \.column, .column, "The column.").only(with: "column").example("amount"),
            .key("calendar", optional: \.calendar, .choice("field"), "Which field; `weekday` is 0 on Monday.")
                .only(with: "calendar").example("hour"),
            .key(
                "in", optional: \.members, .list(of: .calendarMember, orSingle: true, minimum: 1),
                "1 when the field is one of these and 0 otherwise: numbers, ranges such as `0..6`, days such as `sat`."
            )
            .only(with: "calendar").example("0..6"),
            .key(
                "arithmetic", optional: \.arithmetic, .arithmetic,
                "`+ - * / ( )`, numbers, names, `min(a, b)`, `max(a, b)`, `abs(a)`, `log1p(a)`, `sqrt(a)`. A name is an earlier feature or, where there is none, a column."
            ).only(with: "arithmetic").example("amount / customer_mean_7d"),
            .key("category", optional: \.category, .column, "A column of type `text`, `id` or `boolean`.").only(
                with: "category"
            )
            .example("currency"),
            .key(
                "values", optional: \.values, .list(of: .text, minimum: 1),
                "The categories, in the order of their numbers; any other is missing."
            ).only(with: "category"),
            .key(
                "buckets", optional: \.buckets, .integer(2...1_048_576),
                "A fixed hash into this many numbers, instead of a list."
            )
            .only(with: "category"),
            .key(
                "rolling", optional: \.rolling, .choice("function"),
                "What is taken of the events; `label_rate` is the share known to be positive at that moment."
            ).only(with: "rolling").example("mean"),
            .key(
                "of", optional: \.of, .column,
                "The column it is taken of: numeric, or any for `distinct`; none for `count` and `label_rate`."
            ).only(with: "rolling"),
            .key("key", optional: \.key, .column, "The column whose equal values belong together.").required()
                .only(with: "rolling").example("customer"),
            .key("over", \.over, .list(of: .duration, orSingle: true, minimum: 1), "How far back.").required()
                .only(with: "rolling").example("[1d, 7d, 30d]"),
            .key("delay", \.delay, .durationOrZero, "How long before the event the span ends.").only(with: "rolling"),
            .key(
                "empty", optional: \.empty, .anyNumber,
                "The value where there is nothing to aggregate, to divide or to read; missing without it."),
        ])

    static let feature = Codec<FeatureDraft>.section(featureSection).map(
        { FeatureDeclaration($0, $2, &$3) }, from: { FeatureDraft($0) })

    static let ruleSection = Section(
        RuleDraft(),
        variants: [
            VariantShape(
                key: "range", summary: "Every value of a numeric column lies between two numbers.",
                example: "{ range: amount, minimum: 0, maximum: 100000, action: drop }"),
            VariantShape(
                key: "members", summary: "Every value of a text or id column is one of these.",
                example: "{ members: currency, values: [EUR, USD], action: warn }"),
            VariantShape(
                key: "null_share", summary: "At most this share of a column is empty.",
                example: "{ null_share: merchant, maximum: 0.01 }"),
            VariantShape(
                key: "rows", summary: "The window has this many events, all partitions together.",
                example: "{ rows: { minimum: 1000 }, action: warn }"),
        ],
        [
            .key("name", optional: \.name, .text, "What reports call the rule.").without("its check and column"),
            .key("range", optional: \.range, .column, "A numeric column.").only(with: "range").example("amount"),
            .key("members", optional: \.members, .column, "A column of type `text` or `id`.").only(with: "members"),
            .key("null_share", optional: \.nullShare, .column, "An optional column.").only(with: "null_share"),
            .key(
                "rows", optional: \.rows,
                .section(
                    Section(
                        RuleDraft.RowBounds(),
                        [
                            .key("minimum", optional: \.minimum, .integer(0...Int.max), "The least number."),
                            .key("maximum", optional: \.maximum, .integer(0...Int.max), "The greatest number."),
                        ])), "How many."
            ).only(with: "rows").example("{ minimum: 1000 }"),
            .key("values", optional: \.values, .list(of: .text, minimum: 1), "The values allowed.").required()
                .only(with: "members").example("[EUR, USD]"),
            .key("minimum", optional: \.minimum, .anyNumber, "The least value allowed.").only(with: "range"),
            .key("maximum", optional: \.maximum, .anyNumber, "The greatest value or share allowed.")
                .only(with: "range", "null_share"),
            .key(
                "action", \.action, .choice("action"),
                "`warn` says so; `drop` sets the row aside (only `range` and `members`); `quarantine` holds the window back until an operator decides."
            ),
        ])

    static let rule = Codec<RuleDraft>.section(ruleSection).map(
        { ValidationRule($0, $2, &$3) }, from: { RuleDraft($0) })
}

extension Codec where Value == String {
    /// A number, a range or a name; read when the field is known.
    static let calendarMember = words(
        "value", expected: "a number, a range such as 0..6 or a day such as sat"
    ) { !$0.isEmpty }
}
