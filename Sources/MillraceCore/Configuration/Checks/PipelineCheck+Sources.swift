extension PipelineCheck {
    mutating func sources() {
        let events = pipeline.events
        topics()
        if let time = events.columns.first(where: { $0.name == events.timeColumn }) {
            timeColumn(time)
        }
        if let unique = events.unique { column(unique.column, at: "events.unique.column", for: .id) }
        var hasPersonal = false
        for column in events.columns where column.isPersonal {
            hasPersonal = true
            let path = Decoding.path("events.columns", key: column.name) + ".personal"
            if column.type != .id, column.type != .text {
                decoding.problem(
                    .reference, at: path,
                    "only columns of type id or text can be personal, found \(Codec<ColumnType>.format(column.type))")
            }
            if pipeline.labels != nil, column.name == events.idColumn {
                decoding.problem(
                    .conflict, at: path,
                    "'\(column.name)' is the id by which labels find their events, and cannot be personal")
            }
        }
        if hasPersonal, events.personalKey == nil, !decoding.isBroken("events.personal_key") {
            decoding.problem(
                .missingKey, at: "events.personal_key",
                "'personal_key' is missing, under which personal columns are hashed, such as "
                    + "`personal_key: \"${file:/run/secrets/personal-key}\"`")
        }
        idColumn()
        labels()
    }

    private mutating func topics() {
        var seen: [String: String] = [:]
        let lists = [("events.topics", pipeline.events.topics), ("labels.topics", pipeline.labels?.topics ?? [])]
        for (list, topics) in lists {
            for (index, topic) in topics.enumerated() {
                let path = decoding.members[list] == nil ? list : decoding.path(list, member: index)
                if let first = seen[topic] {
                    decoding.problem(.conflict, at: path, "the topic '\(topic)' is read by \(first) already")
                } else if topic.hasPrefix("millrace.\(pipeline.name).") {
                    decoding.problem(
                        .conflict, at: path, "'\(topic)' is the name of one of the pipeline's own topics")
                } else {
                    seen[topic] = list
                }
            }
        }
    }

    private mutating func timeColumn(_ column: Column) {
        let path = Decoding.path("events.columns", key: column.name)
        guard decoding.map.places[path] != nil else { return }
        guard case .time(let format) = column.type else {
            decoding.problem(
                .conflict, at: path,
                "expected a column of type time, as 'events.time' says, found \(Codec<ColumnType>.format(column.type))")
            return
        }
        if let declared = declaredTimeFormat, declared != format {
            decoding.problem(
                .conflict, at: path,
                "'events.time' says \(declared.rawValue), and this column \(format.rawValue); declare the format once")
        }
        if column.isOptional {
            decoding.problem(.conflict, at: path, "the time of an event cannot be optional")
        }
    }

    /// Labels, `unique` and datasets name an event by its id.
    private mutating func idColumn() {
        let events = pipeline.events
        guard !events.columns.isEmpty, !decoding.isBroken("events.columns"), !decoding.isBroken("labels.event") else {
            return
        }
        if events.idColumn.isEmpty {
            decoding.problem(
                .missingKey, at: "events.columns",
                "expected a column of type id, by which events are told apart, such as `tx_id: id`")
        } else if let column = events.columns.first(where: { $0.name == events.idColumn }), column.isOptional {
            decoding.problem(
                .conflict, at: Decoding.path("events.columns", key: column.name),
                "'\(column.name)' is the events' id and cannot be optional")
        }
    }

    private mutating func labels() {
        guard let labels = pipeline.labels else { return }
        let isSection = decoding.map.places["labels.event.column"] != nil
        column(pipeline.events.idColumn, at: isSection ? "labels.event.column" : "labels.event", for: .id)
        let kinds = [("positive", labels.positive), ("negative", labels.negative), ("withdrawn", labels.withdrawn)]
        for (index, (kind, values)) in kinds.enumerated() {
            for (other, otherValues) in kinds.dropFirst(index + 1) {
                for value in values where otherValues.contains(value) {
                    let text = Codec<LabelValue>.labelValue.encode(value).text
                    let path = "labels.value.\(decoding.map.places["labels.value.\(other)"] == nil ? kind : other)"
                    decoding.problem(.conflict, at: path, "\(text) means both \(kind) and \(other)")
                }
            }
        }
        if !decoding.isBroken("labels"), labels.horizon < labels.maturity {
            let path = decoding.map.places["labels.horizon"] == nil ? "labels.maturity" : "labels.horizon"
            decoding.problem(
                .conflict, at: path,
                "the horizon of \(DurationText.format(labels.horizon)) ends before events mature, after "
                    + DurationText.format(labels.maturity))
        }
    }

    private var declaredTimeFormat: TimeFormat? {
        decoding.map.places["events.time.format"] == nil ? nil : decoding.timeFormat
    }
}
