import Millrace

/// What a file's rows are made into: which columns go into an event, which is its time, its id and its key, which holds
/// the label that is split off.
struct EventLayout {
    /// How a CSV field's text is written as JSON.
    enum Style {
        /// A number if it reads as one, else a string.
        case automatic
        case text, boolean
    }

    struct Member {
        /// The file's column and the payload's field.
        var name: String
        var style: Style
    }

    struct Label {
        var column: String
        /// Fields of the label's payload.
        var eventField: String
        var reportedField: String
        var valueField: String
        var reportedFormat: TimeFormat
        var positive: [String]
    }

    var time: String
    var timeFormat: TimeFormat
    /// Nil: events have no key.
    var key: String?
    var id: String?
    /// Nil: all columns of the file but the label's.
    var members: [Member]?
    var label: Label?
}

extension EventLayout {
    /// The layout that a pipeline declares. Columns that it does not declare are left out.
    init(_ pipeline: Pipeline, key: String?, labelColumn: String?, wantsLabels: Bool) {
        let source = pipeline.events
        let timeColumn = source.columns.first { $0.name == source.timeColumn }
        time = timeColumn?.path ?? source.timeColumn
        timeFormat = .iso8601
        if case .time(let format)? = timeColumn?.type { timeFormat = format }
        id = source.columns.first { $0.name == source.idColumn }?.path ?? source.idColumn
        members = source.columns.map { column in
            switch column.type {
            case .text: Member(name: column.path, style: .text)
            case .boolean: Member(name: column.path, style: .boolean)
            case .id, .decimal, .float, .integer, .time: Member(name: column.path, style: .automatic)
            }
        }
        if members?.contains(where: { $0.name == time }) == false {
            members?.append(Member(name: time, style: .automatic))
        }
        // Events of one customer in one partition stay in order; what features group by first is that, usually.
        let grouped = pipeline.features.lazy.compactMap { feature -> String? in
            if case .rolling(_, _, let key, _, _) = feature.kind { key } else { nil }
        }
        let keyColumn = source.columns.first { $0.name == key ?? grouped.first ?? source.idColumn }
        self.key = key ?? keyColumn?.path ?? id
        label = nil
        if wantsLabels, let labels = pipeline.labels {
            label = Label(
                column: labelColumn ?? labels.valueField, eventField: labels.eventField,
                reportedField: labels.reportedField, valueField: labels.valueField,
                reportedFormat: labels.reportedFormat, positive: labels.positive.map(\.written))
        }
    }
}

extension LabelValue {
    /// As a file writes it.
    fileprivate var written: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
        case .text(let text): text
        }
    }
}
