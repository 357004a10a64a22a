public import MillraceCore
import Foundation

/// Computes the declared features of events, in order, each from what was known at its moment.
///
/// Events and labels come in the order of event time, labels before events of the same instant. An aggregate depends on
/// the events within its reach and on nothing before them: state carried on and state rebuilt are the same bytes. The
/// same engine serves batches and single events. It has one owner at a time.
public final class FeatureEngine {
    /// The names of the features, in the order of the columns of the matrix.
    public var featureNames: [String] { plan.names }
    /// The hash of the definitions; state of another is refused.
    public let featureHash: String

    /// Rows whose memory is fetched together.
    private static let blockRows = 64

    let plan: FeaturePlan
    let columns: [Column]
    let idColumn: Int
    let groups: [RollingGroup]
    let labelMemory: LabelMemory?
    var history: EventHistory
    private var clock: CalendarClock
    private let coders: [CategoryCoder?]
    private(set) var newest = Int64.min

    /// - Parameters:
    ///   - columns: of the events' tables.
    ///   - idColumn: the name of the column that labels name.
    ///   - labelHorizon: how long a label waits for its event.
    public init(
        features: [FeatureDeclaration], featureHash: String, columns: [Column], idColumn: String, timeZone: String,
        labelHorizon: Duration
    ) throws(DatasetError) {
        plan = try FeaturePlan(features, columns: columns)
        self.featureHash = featureHash
        self.columns = columns
        guard let id = columns.firstIndex(where: { $0.name == idColumn }), columns[id].type.isText else {
            throw DatasetError(.declaration, "expected a column \(idColumn) of type id, found none")
        }
        self.idColumn = id
        guard let zone = ZonedTime.zone(named: timeZone) else {
            throw DatasetError(.declaration, "expected the name of a time zone, found '\(timeZone)'")
        }
        clock = CalendarClock(zone: zone)
        groups = plan.groups.map(RollingGroup.init)
        labelMemory =
            plan.hasLabels
            ? LabelMemory(reach: plan.reach, horizon: labelHorizon.microseconds, groupCount: plan.groups.count) : nil
        var kept = plan.stateColumns
        if plan.hasLabels, !kept.contains(id) { kept.append(id) }
        history = EventHistory(columns: kept.sorted(), of: columns)
        coders = plan.steps.map { step in
            if case .category(_, let type, let encoding, _, _) = step {
                CategoryCoder(encoding, type: type)
            } else {
                nil
            }
        }
    }

    /// The engine of a pipeline.
    public convenience init(_ pipeline: Pipeline, featureHash: String) throws(DatasetError) {
        try self.init(
            features: pipeline.features, featureHash: featureHash, columns: pipeline.events.columns,
            idColumn: pipeline.events.idColumn, timeZone: pipeline.timeZone,
            labelHorizon: pipeline.labels?.horizon ?? .zero)
    }

    /// How far back in event time the aggregates look.
    public var reach: Duration { .microseconds(plan.reach) }

    /// Takes the next events and labels, each in order of time, labels before events of the same instant.
    ///
    /// Time that runs backwards (possible when scoring, never in slices) counts as standing still.
    /// - Parameters:
    ///   - events: with the columns of the engine.
    ///   - labels: with the columns of `LabelSource.sliceColumns`; labels that came before all of `events` or between
    ///     them or after them.
    /// - Returns: the features, row-major, an event a row.
    public func append(events: RowTable, labels: RowTable? = nil) -> [Double] {
        let width = plan.names.count
        let monotone = clamped(events)
        let result = [Double](unsafeUninitializedCapacity: events.count * width) { buffer, count in
            let empty = UnsafeMutablePointer<Double>.allocate(capacity: 1)
            defer { empty.deallocate() }
            let out = buffer.baseAddress ?? empty
            monotone.withColumnPointers { pointers in
                monotone.times.withUnsafeBufferPointer { times in
                    let changes = learn(labels, times, pointers)
                    for index in groups.indices { aggregate(index, times, pointers, changes, out) }
                    for (step, coder) in zip(plan.steps, coders) { make(step, coder, times, pointers, out) }
                }
            }
            count = events.count * width
        }
        if !groups.isEmpty { history.append(monotone) }
        if let last = labels?.times.last { newest = max(newest, last) }
        if newest != .min {
            history.forget(through: newest &- plan.reach)
            for group in groups { group.sweep(at: newest) }
        }
        return result
    }

    private func clamped(_ events: RowTable) -> RowTable {
        var last = newest
        var isSorted = true
        for time in events.times {
            if time < last { isSorted = false }
            last = max(last, time)
        }
        var table = events
        if !isSorted {
            var running = newest
            for row in table.times.indices {
                running = max(running, table.times[row])
                table.times[row] = running
            }
        }
        newest = last
        return table
    }

    private struct Changes {
        /// The number of the batch's first event in the label memory.
        var firstEvent = 0
        /// Which of the batch's events are positive from the start.
        var isPositive: [Bool] = []
        var flips: [LabelMemory.Flip] = []
    }

    /// Goes through labels and events in order and notes what changes when.
    private func learn(
        _ labels: RowTable?, _ times: UnsafeBufferPointer<Int64>, _ pointers: [ColumnPointer]
    ) -> Changes {
        var changes = Changes()
        guard let memory = labelMemory else { return changes }
        memory.beginBatch()
        changes.firstEvent = memory.endEvent
        changes.isPositive.reserveCapacity(times.count)
        let labels = labels ?? RowTable(columns: LabelSource.sliceColumns)
        labels.withColumnPointers { label in
            var next = 0
            func take(before row: Int) {
                let known = labels.times[next]
                let reported = Int64(bitPattern: label[1].cells[next])
                if let (event, isPositive) = memory.learn(
                    id: label[0].cells[next], label[0].heap, known: known,
                    reported: reported == .min ? known : reported,
                    value: Int8(clamping: Int64(bitPattern: label[3].cells[next])))
                {
                    changes.flips.append(.init(row: row, event: event, isPositive: isPositive, known: known))
                }
                next += 1
            }
            for row in times.indices {
                while next < labels.count, labels.times[next] <= times[row] { take(before: row) }
                let (_, isPositive) = memory.add(
                    id: pointers[idColumn].cells[row], pointers[idColumn].heap, time: times[row])
                changes.isPositive.append(isPositive)
            }
            while next < labels.count { take(before: times.count) }
        }
        return changes
    }

    /// Runs one key column's aggregates over the batch.
    private func aggregate(
        _ index: Int, _ times: UnsafeBufferPointer<Int64>, _ pointers: [ColumnPointer], _ changes: Changes,
        _ out: UnsafeMutablePointer<Double>
    ) {
        let group = groups[index]
        let plan = group.plan
        let memory = plan.hasLabels ? labelMemory : nil
        let width = self.plan.names.count
        let keys = pointers[plan.keyColumn]
        let valueCount = plan.values.count
        let values = UnsafeMutablePointer<UInt64>.allocate(capacity: valueCount + 1)
        let sources = plan.values.map { pointers[$0.column] }
        defer { values.deallocate() }
        var nextFlip = 0
        func flip(through row: Int) {
            guard let memory else { return }
            while nextFlip < changes.flips.count, changes.flips[nextFlip].row <= row {
                let flip = changes.flips[nextFlip]
                nextFlip += 1
                // A key out of reach may have been forgotten, and its record given to another.
                guard memory.time(of: flip.event) > flip.known &- plan.reach else { continue }
                let place = memory.place(of: flip.event, group: index)
                if place.record >= 0 {
                    group.setPositive(flip.isPositive, record: Int(place.record), position: place.position)
                }
            }
        }
        let hasTexts = group.texts.contains { $0 != nil }
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: Self.blockRows) { block in
            var first = 0
            while first < times.count {
                let end = min(first + Self.blockRows, times.count)
                for row in first..<end {
                    let key = keys.cells[row]
                    block[row - first] = key == plan.keyNull ? -1 : Int32(group.record(of: key, keys.heap))
                }
                group.warm(UnsafeBufferPointer(rebasing: block[..<(end - first)]))
                for row in first..<end {
                    if memory != nil { flip(through: row) }
                    let record = Int(block[row - first])
                    if record < 0 {
                        group.emitNothing(out + row * width)
                        continue
                    }
                    for value in 0..<valueCount { values[value] = sources[value].cells[row] }
                    if hasTexts {
                        for (value, texts) in group.texts.enumerated() {
                            if let texts { values[value] = texts.retain(values[value], sources[value].heap) }
                        }
                    }
                    let position = group.append(
                        record: record, time: times[row], isPositive: memory != nil && changes.isPositive[row],
                        values: values, row: out + row * width)
                    memory?.setPlace(
                        .init(record: Int32(record), position: position), of: changes.firstEvent + row, group: index)
                }
                first = end
            }
        }
        flip(through: times.count)
    }

    /// Fills one feature's column.
    private func make(
        _ step: FeaturePlan.Step, _ coder: CategoryCoder?, _ times: UnsafeBufferPointer<Int64>,
        _ pointers: [ColumnPointer], _ out: UnsafeMutablePointer<Double>
    ) {
        let width = plan.names.count
        switch step {
        case .column(let column, let type, let feature, let empty):
            let cells = pointers[column].cells
            for row in times.indices {
                let value = NumericCell.double(cells[row], type: type)
                out[row * width + feature] = value.isNaN ? empty ?? .nan : value
            }
        case .calendar(let field, let members, let feature):
            let set = members.map { set in (0..<1440).map { set.contains($0) ? 1.0 : 0.0 } }
            for row in times.indices {
                let value = clock.value(field, times[row])
                out[row * width + feature] = set.map { $0[Int(value)] } ?? Double(value)
            }
        case .category(let column, _, _, let feature, let empty):
            let pointer = pointers[column]
            for row in times.indices {
                let value = coder?.code(pointer.cells[row], pointer.heap) ?? .nan
                out[row * width + feature] = value.isNaN ? empty ?? .nan : value
            }
        case .arithmetic(let program, let feature, let empty):
            withUnsafeTemporaryAllocation(of: Double.self, capacity: program.depth + 1) { stack in
                for row in times.indices {
                    let value = program.evaluate(stack: stack.baseAddress!, features: out + row * width) {
                        pointers[$0].cells[row]
                    }
                    out[row * width + feature] = value.isNaN ? empty ?? .nan : value
                }
            }
        }
    }
}
