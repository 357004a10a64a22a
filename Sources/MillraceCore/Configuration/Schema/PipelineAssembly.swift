/// Puts together what sections say about one another, both ways.
enum PipelineAssembly {
    static func pipeline(of draft: PipelineSchema.Draft, _ decoding: inout Decoding) -> Pipeline {
        var pipeline = draft.pipeline
        if pipeline.folder.isEmpty { pipeline.folder = "./millrace/\(pipeline.name)" }
        pipeline.events = events(draft)
        decoding.timeFormat = draft.events.time.format
        if let labels = draft.labels {
            var source = labels.source
            source.eventField = labels.event.field
            pipeline.labels = source
        }
        return pipeline
    }

    static func draft(of pipeline: Pipeline) -> PipelineSchema.Draft {
        let source = pipeline.events
        var events = EventDraft()
        events.topics = source.topics
        events.personalKey = source.personalKey
        events.unique = source.unique.map { EventDraft.Unique(column: $0.column, within: $0.within) }
        for column in source.columns {
            if column.name == source.timeColumn {
                events.time.column = column.name
                if case .time(let format) = column.type { events.time.format = format }
                events.time.field = column.path
            } else {
                let draft = ColumnDraft(
                    type: column.type, field: column.path, isPersonal: column.isPersonal,
                    isOptional: column.isOptional)
                events.columns.append((column.name, draft))
            }
        }
        var labels: LabelDraft?
        if let source = pipeline.labels {
            labels = LabelDraft(
                source: source, event: .init(field: source.eventField, column: pipeline.events.idColumn))
        }
        return PipelineSchema.Draft(pipeline: pipeline, events: events, labels: labels)
    }

    private static func events(_ draft: PipelineSchema.Draft) -> EventSource {
        let events = draft.events
        let time = events.time
        var columns = events.columns.map { name, column in
            Column(
                name: name, type: column.type, path: column.field, isPersonal: column.isPersonal,
                isOptional: column.isOptional)
        }
        if !time.column.isEmpty, !columns.contains(where: { $0.name == time.column }) {
            columns.insert(Column(name: time.column, type: .time(time.format), path: time.field), at: 0)
        }
        let id =
            draft.labels.map { $0.event.column ?? $0.event.field } ?? events.unique?.column
            ?? columns.first { $0.type == .id }?.name ?? ""
        return EventSource(
            topics: events.topics, timeColumn: time.column, idColumn: id, columns: columns,
            unique: events.unique.map { ($0.column, $0.within) }, personalKey: events.personalKey)
    }
}
