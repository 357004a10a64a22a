// Where events and labels come from, and what their payloads hold.

struct EventDraft: Sendable {
    struct Time: Sendable {
        var column = ""
        var format = TimeFormat.iso8601
        var field: String?
    }
    struct Unique: Sendable {
        var column = ""
        var within = Duration.zero
    }
    var topics: [String] = []
    var time = Time()
    var unique: Unique?
    var columns: [(key: String, value: ColumnDraft)] = []
    var personalKey: String?
}

struct ColumnDraft: Sendable {
    var type = ColumnType.text
    var field: String?
    var isPersonal = false
    var isOptional = false
}

struct LabelDraft: Sendable {
    struct Event: Sendable {
        var field = ""
        /// Nil is a column of the field's name.
        var column: String?
    }
    var source = LabelSource(topics: [], eventField: "", reportedField: "", valueField: "")
    var event = Event()
}

extension PipelineSchema {
    static let events = Section(
        EventDraft(),
        [
            .key(
                "topics", \.topics, .list(of: .topic, orSingle: true, minimum: 1),
                "The topics to read, JSON objects as values."
            )
            .required().example("[transactions]"),
            .key(
                "time", \.time, .either(scalar: time(\.column), else: .section(timeSection)),
                "The column of event time, which need not stand among `columns`; a lone name is one in `iso8601`."
            ).required().example("{ column: datetime, format: iso8601 }"),
            .key(
                "unique", optional: \.unique, .section(unique),
                "Drops an event whose id was seen before in its partition, so that what upstream sends again counts once."
            ).example("{ column: tx_id, within: 1d }"),
            .key(
                "columns", \.columns, .map(keys: .column, of: column),
                "What is read of a payload: a type for each column, or a section."
            ).required().example("{ tx_id: id, customer: { type: id, personal: true }, amount: decimal(2) }"),
            .key(
                "personal_key", optional: \.personalKey, .personalKey,
                "The key under which personal columns are hashed, from the environment or a file: `${NAME}` or `${file:/path}`."
            ).secret().example("${file:/run/secrets/personal-key}"),
        ])

    private static func time(_ property: any WritableKeyPath<EventDraft.Time, String> & Sendable) -> Codec<
        EventDraft.Time
    > {
        Codec<String>.column.map(
            { name, _, _, _ in EventDraft.Time(column: name) }, from: { $0[keyPath: property] })
    }

    private static let timeSection = Section(
        EventDraft.Time(),
        [
            .key("column", \.column, .column, "The column's name.").required().example("datetime"),
            .key(
                "format", \.format, .choice("format"),
                "RFC 3339 text (in the pipeline's zone if it names none), or a number since 1970."),
            .key("field", optional: \.field, .text, "The payload's field, `a.b` for a nested one.").without(
                "the column's name"),
        ])

    private static let unique = Section(
        EventDraft.Unique(),
        [
            .key("column", \.column, .column, "The id.").required().example("tx_id"),
            .key("within", \.within, .duration, "Event time for which an id is remembered.").required().example("1d"),
        ])

    static let column: Codec<ColumnDraft> = .either(
        scalar: Codec<ColumnType>.columnType.map({ type, _, _, _ in ColumnDraft(type: type) }, from: { $0.type }),
        else: .section(
            Section(
                ColumnDraft(),
                [
                    .key("type", \.type, .columnType, "What the column holds.").required().example("id"),
                    .key("field", optional: \.field, .text, "The payload's field, `a.b` for a nested one.")
                        .without("the column's name").alias("path"),
                    .key(
                        "personal", \.isPersonal, .boolean,
                        "Replaced by a keyed hash as it is read: it still joins and groups, and is nowhere to be seen. For `id` and `text`."
                    ),
                    .key(
                        "optional", \.isOptional, .boolean,
                        "A missing or null field is an empty cell; otherwise the record is a dead letter."),
                ])))

    static let labels = Section(
        LabelDraft(),
        [
            .key(
                "topics", \.source.topics, .list(of: .topic, orSingle: true, minimum: 1),
                "The topics to read, JSON objects as values."
            )
            .required().example("[labels]"),
            .key(
                "event", \.event, .either(scalar: labelEvent, else: .section(labelEventSection)),
                "The payload's field that names the event, and the events' column (of type `id`) that it matches; a lone name is both."
            ).required().example("tx_id"),
            .key("reported", \.source, inside: reported, "When the label was reported.").required()
                .example("{ field: reported, format: iso8601 }"),
            .key("value", \.source, inside: value, "What the label says.").required().example("{ field: fraud }"),
            .key(
                "maturity", \.source.maturity, .duration,
                "How old an event must be, by the labels' own watermark, for its label or the lack of one to be trusted."
            ).effect(.nextRun),
            .key(
                "horizon", \.source.horizon, .duration,
                "How long a label may wait for its event, and how far back events are remembered for matching."
            ),
            .key(
                "silent_after", \.source.silentAfter, .duration,
                "Event time without any new label after which the feed counts as silent: maturity stands still, and runs are refused."
            ).effect(.nextRun),
            .key(
                "min_match", \.source.minimumMatch, .share,
                "Runs are refused below this share of labels whose event was found."
            ).effect(.nextRun),
        ])

    private static let labelEvent = Codec<String>.text.map(
        { name, _, _, _ in LabelDraft.Event(field: name) }, from: { $0.field })

    private static let labelEventSection = Section(
        LabelDraft.Event(),
        [
            .key("field", \.field, .text, "The payload's field.").required().example("transaction.id"),
            .key("column", optional: \.column, .column, "The events' column.").without("the field's name"),
        ])

    private static let reported = Section(
        LabelDraft().source,
        [
            .key("field", \.reportedField, .text, "The payload's field.").required().example("reported").alias(
                "column"),
            .key("format", \.reportedFormat, .choice("format"), "As for the time of events."),
        ])

    private static let value = Section(
        LabelDraft().source,
        [
            .key("field", \.valueField, .text, "The payload's field.").required().example("fraud").alias("column"),
            .key("positive", \.positive, .list(of: .labelValue, orSingle: true, minimum: 1), "Values that mean yes."),
            .key("negative", \.negative, .list(of: .labelValue, orSingle: true), "Values that mean no."),
            .key("withdrawn", \.withdrawn, .list(of: .labelValue), "Values that take an earlier label back."),
        ])
}
