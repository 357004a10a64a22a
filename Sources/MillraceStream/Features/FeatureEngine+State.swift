public import MillraceCore

/// The engine's state: the events in reach with the columns that aggregates read, what is known of their labels, and the
/// labels of the last horizon. Rings, sums and tables are made again from these, so the bytes depend on the events and
/// labels in reach alone, never on how long the engine has run or what it was restored from.
extension FeatureEngine {
    private static let magic = Array("MILLRACE STATE 1".utf8)

    /// The state at `end`, the end of a window: everything that events at or after it can still see.
    ///
    /// Layout, little-endian: the signature, feature hash, `end`; event times; each column (index, cells, texts); values
    /// and report times of the events' labels; the remembered labels; SHA-256 of all before it.
    public func encodedState(at end: Timestamp) -> [UInt8] {
        let time = end.microseconds
        var writer = StateWriter()
        writer.append(raw: Self.magic)
        writer.append(featureHash)
        writer.append(time)
        let events = groups.isEmpty ? RowTable(columns: []) : history.events(after: time - plan.reach)
        writer.append(events.times)
        writer.append(UInt64(events.values.count))
        for (index, column) in events.values.enumerated() {
            writer.append(UInt64(history.columns[index]))
            writer.append(column)
        }
        writer.append(UInt8(labelMemory == nil ? 0 : 1))
        if let memory = labelMemory {
            memory.beginBatch()
            memory.forget(at: time)
            // The newest events are the last of those in memory, in the same order.
            let first = memory.endEvent - events.count
            let numbers = first..<memory.endEvent
            writer.append(numbers.map { memory.value(of: $0) })
            writer.append(numbers.map { memory.value(of: $0) == LabelMemory.none ? 0 : memory.reported(of: $0) })
            let labels = memory.remembered
            var ids = CellColumn()
            for label in labels { memory.eventID(of: label, into: &ids) }
            writer.append(ids)
            writer.append(labels.map(\.known))
            writer.append(labels.map(\.reported))
            writer.append(labels.map(\.value))
        }
        writer.append(raw: Checksum(of: writer.bytes).bytes)
        return writer.bytes
    }

    /// Takes over a state. The engine must be new and of the feature set that wrote it.
    ///
    /// - Throws: `mismatch` for the state of another feature set, `damaged` for bytes that are no state.
    /// - Returns: the moment of which it is the state.
    public func restore(_ bytes: [UInt8], name: String = "state") throws(DatasetError) -> Timestamp {
        precondition(newest == .min, "state is restored into a new engine")
        func damaged(_ what: String) -> DatasetError {
            DatasetError(
                .damaged,
                "\(name): expected the state of a feature engine, found \(what); delete it, and transform "
                    + "makes it again from the slices")
        }
        guard bytes.count >= Self.magic.count + 32, Array(bytes[..<Self.magic.count]) == Self.magic else {
            throw damaged("\(bytes.count) bytes without its signature")
        }
        let body = bytes[..<(bytes.count - 32)]
        guard Checksum(of: body).bytes == Array(bytes[(bytes.count - 32)...]) else {
            throw damaged("bytes that do not match their checksum")
        }
        var reader = StateReader(body.dropFirst(Self.magic.count))
        guard let hash = reader.text(), let time = reader.integer(Int64.self) else { throw damaged("a broken header") }
        guard hash == featureHash else {
            throw DatasetError(
                .mismatch, "\(name): expected the state of feature set \(featureHash), found that of \(hash)")
        }
        guard let times = reader.integers(Int64.self), times == times.sorted(),
            let columnCount = reader.integer(UInt64.self)
        else { throw damaged("a broken header") }
        var events = RowTable(
            columns: columns, times: times,
            values: columns.map { CellColumn(cells: Array(repeating: Cell.null($0.type), count: times.count)) })
        for position in 0..<columnCount {
            guard position < history.columns.count, let index = reader.integer(UInt64.self),
                index == UInt64(history.columns[Int(position)]),
                let column = reader.column(rows: times.count, isText: columns[Int(index)].type.isText)
            else { throw damaged("columns of other events") }
            // No event has such a number, and no sum takes it.
            guard
                columns[Int(index)].type != .float
                    || column.cells.allSatisfy({ $0 == Cell.nullFloat || Double(bitPattern: $0).isFinite })
            else { throw damaged("numbers that are not finite") }
            events.values[Int(index)] = column
        }
        guard columnCount == UInt64(history.columns.count) || times.isEmpty else {
            throw damaged("columns of other events")
        }
        let learnt = try readLabels(&reader, rows: times.count, damaged)
        guard reader.isAtEnd else { throw damaged("more bytes than a state has") }

        _ = append(events: events)
        if let learnt { restoreLabels(learnt) }
        return Timestamp(microseconds: time)
    }

    /// What the state says of labels.
    private struct Learnt {
        var values: [Int8]
        var reported: [Int64]
        var ids: CellColumn
        var known: [Int64]
        var labelReported: [Int64]
        var labelValues: [Int8]
    }

    private func readLabels(
        _ reader: inout StateReader, rows: Int, _ damaged: (String) -> DatasetError
    ) throws(DatasetError) -> Learnt? {
        guard let hasLabels = reader.integer(UInt8.self), (hasLabels == 1) == (labelMemory != nil) else {
            throw damaged("the labels of another feature set")
        }
        guard hasLabels == 1 else { return nil }
        guard let values = reader.integers(Int8.self), let reported = reader.integers(Int64.self),
            values.count == rows, reported.count == rows, let cells = reader.integers(UInt64.self),
            let heap = reader.block(), let known = reader.integers(Int64.self),
            let labelReported = reader.integers(Int64.self), let labelValues = reader.integers(Int8.self),
            Set([cells.count, known.count, labelReported.count, labelValues.count]).count == 1,
            known == known.sorted(),
            cells.allSatisfy({
                $0 != Cell.nullText
                    && (!Cell.isHeapText($0) || Cell.textOffset($0) + Cell.textLength($0) <= heap.count)
            })
        else { throw damaged("broken labels") }
        return Learnt(
            values: values, reported: reported, ids: CellColumn(cells: cells, heap: heap), known: known,
            labelReported: labelReported, labelValues: labelValues)
    }

    private func restoreLabels(_ learnt: Learnt) {
        guard let memory = labelMemory else { return }
        let first = memory.endEvent - learnt.values.count
        for (row, value) in learnt.values.enumerated() where value != LabelMemory.none {
            memory.restore(event: first + row, value: value, reported: learnt.reported[row])
            guard value == 1 else { continue }
            for (index, group) in groups.enumerated() where group.plan.hasLabels {
                // A record whose events a ring has let go of may be another key's by now.
                guard memory.time(of: first + row) > newest - group.plan.reach else { continue }
                let place = memory.place(of: first + row, group: index)
                if place.record >= 0 {
                    group.setPositive(true, record: Int(place.record), position: place.position)
                }
            }
        }
        learnt.ids.heap.withUnsafeBufferPointer { heap in
            for (index, cell) in learnt.ids.cells.enumerated() {
                memory.remember(
                    id: cell, heap.baseAddress, known: learnt.known[index], reported: learnt.labelReported[index],
                    value: learnt.labelValues[index])
            }
        }
    }
}
