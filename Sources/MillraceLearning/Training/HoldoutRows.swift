public import MillraceCore

/// The rows that models are judged by: a holdout's, after the declared exclusion, with everything metrics count over.
public struct HoldoutRows: Sendable {
    public var holdout: Window
    public var labelsKnownAt: Timestamp
    public var featureNames: [String]
    /// Row-major, of the rows that stay.
    public var features: [Float]
    public var ids: CellColumn
    public var labels: [UInt8]
    public var entities: [Int32]?
    public var days: [Int32]
    public var amounts: [Double]?
    /// Rows that the exclusion left out.
    public var excluded: Int
    /// Rows that stay without a known label, counted as negative because they are mature.
    public var unlabelled: Int

    public var count: Int { labels.count }
    public var positives: Int { labels.reduce(0) { $0 + Int($1) } }

    /// Reads the holdout and, for the exclusion, the entities of the windows before it.
    public init(
        _ data: LearningData, holdout: Window, labelsKnownAt: Timestamp, gate: GateSettings, timeZone: String
    ) throws {
        self.holdout = holdout
        self.labelsKnownAt = labelsKnownAt
        let table = try data.table(within: holdout)
        featureNames = table.featureNames
        let known = data.book.labels(for: table, asOf: labelsKnownAt)
        var clock = MetricDays(zone: timeZone)
        let days = table.times.map { clock.day(of: $0) }

        var keep = Array(0..<table.count)
        if let exclusion = gate.exclude {
            keep = try Self.rowsToKeep(
                exclusion, data: data, holdout: holdout, labelsKnownAt: labelsKnownAt, table: table, labels: known,
                dayStarts: days.map(\.start))
        }
        excluded = table.count - keep.count
        let width = featureNames.count
        features = []
        features.reserveCapacity(keep.count * width)
        for row in keep {
            for column in 0..<width { features.append(Float(table.features[row * width + column])) }
        }
        ids = CellColumn(cells: keep.map { table.ids.cells[$0] }, heap: table.ids.heap)
        labels = keep.map { known.values[$0] == 1 ? 1 : 0 }
        unlabelled = keep.count { known.values[$0] < 0 }
        self.days = keep.map { days[$0].number }
        entities = try (gate.entity ?? gate.exclude?.entity ?? gate.guards.lazy.compactMap(\.entity).first).map {
            name in
            let column = try Self.entity(name, of: table)
            // A row without an entity stands for itself.
            var next = Int32(column.valueCount)
            return keep.map { row in
                if column.codes[row] >= 0 { return column.codes[row] }
                defer { next += 1 }
                return next
            }
        }
        amounts = gate.amountColumn.flatMap { table.numbers[$0] }.map { values in
            keep.map { values[$0].isFinite ? max(0, values[$0]) : 0 }
        }
    }

    /// The rows with a model's scores.
    public func scored(by scores: [Double]) throws(EvaluationError) -> ScoredRows {
        try ScoredRows(scores: scores, labels: labels, entities: entities, days: days, amounts: amounts)
    }

    private static func entity(_ name: String, of table: DatasetTable) throws -> EntityColumn {
        guard let column = table.entities[name] else {
            let found = table.entities.keys.sorted().joined(separator: ", ")
            throw DatasetError(
                .mismatch, "the gate counts over the column '\(name)', and the datasets have only \(found)")
        }
        return column
    }

    private static func rowsToKeep(
        _ exclusion: GateSettings.Exclusion, data: LearningData, holdout: Window, labelsKnownAt: Timestamp,
        table: DatasetTable, labels: LabelBook.Labels, dayStarts: [Int64]
    ) throws -> [Int] {
        let column = try entity(exclusion.entity, of: table)
        var codes: [CellKey: Int32] = [:]
        for code in 0..<column.valueCount {
            if let key = CellKey(column.values, row: code) { codes[key] = Int32(code) }
        }
        var positives: [KnownEntityExclusion.Positive] = []
        func take(_ table: DatasetTable, _ labels: LabelBook.Labels, _ column: EntityColumn) {
            for row in 0..<table.count where labels.values[row] == 1 && column.codes[row] >= 0 {
                guard let key = CellKey(column.values, row: Int(column.codes[row])), let code = codes[key] else {
                    continue
                }
                positives.append(.init(entity: code, eventTime: table.times[row], knownAt: labels.known[row]))
            }
        }
        take(table, labels, column)
        let since = holdout.start - exclusion.sinceBeforeHoldout
        // One window at a time: only ids and entities are kept of them.
        let before = Window(start: .distantPast, end: holdout.start)
        for entry in data.catalog.datasets(data.featureHash, within: before) where entry.window.end > since {
            let earlier = try data.table(entry)
            take(
                earlier, data.book.labels(for: earlier, asOf: labelsKnownAt), try entity(exclusion.entity, of: earlier))
        }
        return try KnownEntityExclusion(positives: positives, since: since.microseconds).rowsToKeep(
            entities: column.codes, moments: exclusion.atDayStart ? dayStarts : table.times)
    }
}
