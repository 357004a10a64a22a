public import Millrace
public import SQLite

/// What one message of the log adds to the history: columns of one row. A function of the message alone.
struct HistoryRow: Sendable, Equatable {
    var table: String
    var columns: [(name: String, value: Value)]

    static func == (a: HistoryRow, b: HistoryRow) -> Bool {
        a.table == b.table && a.columns.elementsEqual(b.columns) { $0 == $1 }
    }

    init(_ table: HistoryTable, _ columns: KeyValuePairs<String, any Bindable>) {
        self.table = table.name
        self.columns = columns.map { ($0.key, $0.value.value) }
    }

    /// The rows that a message makes or changes; none for types that leave no trace in the history.
    /// - Throws: when the data are not what the type promises.
    static func rows(of record: ControlRecord) throws(MessageError) -> [HistoryRow] {
        switch record.arrow {
        case .slices: try ofSlices(record)
        case .datasets: try ofDatasets(record)
        case .models: try ofModels(record)
        case .releases: try ofReleases(record)
        default: []
        }
    }

    private static func ofSlices(_ record: ControlRecord) throws(MessageError) -> [HistoryRow] {
        guard record.message.isA(SliceSealed.self) else { return [] }
        let seal = try record.message.payload(SliceSealed.self)
        let row = HistoryRow(
            .seals,
            [
                "topic": seal.topic, "partition": seal.partition, "sequence": seal.sequence, "offset": record.offset,
                "time": record.time, "kind": seal.kind.rawValue, "sealed_through": seal.sealedThrough,
                "watermark": seal.watermark, "first_offset": seal.firstOffset, "next_offset": seal.nextOffset,
                "late": seal.late, "duplicates": seal.duplicates, "dead": seal.dead, "moved": seal.moved,
                "idle": seal.idle?.cause,
            ])
        return [row]
            + seal.slices.map { slice in
                HistoryRow(
                    .slices,
                    [
                        "window_start": slice.window.start, "topic": seal.topic, "partition": seal.partition,
                        "sequence": seal.sequence, "window_end": slice.window.end, "offset": record.offset,
                        "time": record.time, "kind": seal.kind.rawValue, "rows": slice.rows,
                    ])
            }
    }

    private static func ofDatasets(_ record: ControlRecord) throws(MessageError) -> [HistoryRow] {
        let message = record.message
        switch message.envelope.type {
        case DatasetReady.type:
            let ready = try message.payload(DatasetReady.self)
            return [
                HistoryRow(
                    .datasets,
                    [
                        "window_start": ready.window.start, "feature_hash": ready.featureHash,
                        "window_end": ready.window.end, "offset": record.offset, "time": record.time,
                        "rows": ready.rows, "is_cold": ready.isCold, "is_skipped": ready.isSkipped,
                        "dropped": ready.dropped.values.reduce(0, +), "warnings": ready.warnings.values.reduce(0, +),
                    ])
            ]
        case DatasetQuarantined.type:
            let quarantine = try message.payload(DatasetQuarantined.self)
            return [
                HistoryRow(
                    .datasets,
                    [
                        "window_start": quarantine.window.start, "feature_hash": quarantine.featureHash,
                        "window_end": quarantine.window.end, "rows": quarantine.rows,
                        "quarantine_offset": record.offset, "quarantined": record.time,
                        "rules": json(quarantine.violations),
                    ])
            ]
        case LabelsArrived.type:
            let labels = try message.payload(LabelsArrived.self)
            return [
                HistoryRow(
                    .labels,
                    [
                        "window_start": labels.window.start, "window_end": labels.window.end, "offset": record.offset,
                        "time": record.time, "labels": labels.labels, "positives": labels.positives,
                        "negatives": labels.negatives, "withdrawn": labels.withdrawn, "changed": labels.changed,
                        "unmatched": labels.unmatched, "match_rate": labels.matchRate,
                        "matured_through": labels.maturedThrough, "last_known": labels.lastKnown,
                        "is_silent": labels.isSilent,
                    ])
            ]
        default: return []
        }
    }

    static func json(_ value: some Encodable) -> String? {
        (try? MessageCodec.json(value)).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Timestamp: Bindable {
    public var value: Value { .integer(microseconds) }
}
