/// What is read out of the records of one source: the columns of its rows and what else the decoder must know.
public struct RecordSchema: Sendable, Equatable {
    public let kind: SliceSealed.Kind
    /// The columns of the rows as slices hold them.
    public let columns: [Column]
    /// The column of the rows' times: event time, or the time from which a label is known.
    public let timeColumn: Int
    /// The column whose values are unique, and for how long (µs).
    public let unique: (column: Int, within: Int64)?
    /// The time zone of times that name none.
    public let timeZone: String
    /// The key of the hash of personal columns.
    let personalKey: [UInt8]
    /// What the fields of the payload are called and hold: one per column of `columns`, save `known` of labels.
    let fields: [Column]
    let labels: LabelSource?

    public init(events source: EventSource, timeZone: String = "UTC") {
        kind = .events
        columns = source.columns
        fields = source.columns
        guard let time = source.columns.firstIndex(where: { $0.name == source.timeColumn }) else {
            preconditionFailure("the time column '\(source.timeColumn)' is not among the columns")
        }
        timeColumn = time
        unique = source.unique.flatMap { unique in
            source.columns.firstIndex { $0.name == unique.column }.map { ($0, unique.within.microseconds) }
        }
        self.timeZone = timeZone
        personalKey = Array((source.personalKey ?? "").utf8)
        labels = nil
    }

    /// - Parameter idColumn: the events' column that labels name; when it is personal, labels hash it as well.
    public init(labels source: LabelSource, events: EventSource, timeZone: String = "UTC") {
        kind = .labels
        columns = LabelSource.sliceColumns
        let isPersonal = events.columns.contains { $0.name == events.idColumn && $0.isPersonal }
        fields = [
            Column(name: "event", type: .id, path: source.eventField, isPersonal: isPersonal),
            Column(name: "reported", type: .time(source.reportedFormat), path: source.reportedField),
            Column(name: "value", type: .integer, path: source.valueField),
        ]
        timeColumn = 2
        unique = nil
        self.timeZone = timeZone
        personalKey = Array((events.personalKey ?? "").utf8)
        labels = source
    }

    /// Whether any column is personal: then dead letters may hold what slices must not.
    public var isPersonal: Bool { fields.contains { $0.isPersonal } }

    /// The column that a fault is about, by the decoder's number.
    public func field(_ index: Int) -> Column? { fields.indices.contains(index) ? fields[index] : nil }

    public static func == (a: RecordSchema, b: RecordSchema) -> Bool {
        a.kind == b.kind && a.columns == b.columns && a.timeColumn == b.timeColumn && a.fields == b.fields
            && a.unique?.column == b.unique?.column && a.unique?.within == b.unique?.within
            && a.timeZone == b.timeZone && a.personalKey == b.personalKey && a.labels == b.labels
    }
}
