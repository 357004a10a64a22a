import Kafka
import Millrace

/// Makes slices of one partition again, in one pass over its topic, from the offsets of their rows. The same rows are the
/// same bytes. Of every slice in the making the last chunk is in memory, as when it was made first.
struct SliceMaker {
    /// What declares the records.
    var pipeline: Pipeline
    /// The slices go below it, under their names.
    var folder: String
    var settings: ClientSettings

    /// A slice to be made, and where its rows are.
    struct Order {
        var share: SliceLedger.Share
        /// Ascending.
        var offsets: [Range<Int64>]
    }

    private struct Run {
        var offsets: Range<Int64>
        /// Of the order.
        var order: Int
    }

    /// Ends the reading once the last row has been read.
    private struct Done: Error {}

    /// Which rows the topic does not hold, by its first offset and its end alone; nil: none is known to be missing.
    static func missing(_ orders: [Order], from partition: TopicPartition, _ marks: Watermarks?) -> MissingOffsets? {
        let (low, high) = (marks?.low ?? 0, marks?.high ?? 0)
        let ranges = orders.flatMap(\.offsets).sorted { $0.lowerBound < $1.lowerBound }.flatMap { range in
            [range.clamped(to: .min..<low), range.clamped(to: max(low, high)..<(.max))].filter { !$0.isEmpty }
        }
        return ranges.isEmpty ? nil : MissingOffsets(partition, joined(ranges))
    }

    /// - Parameters:
    ///   - orders: of one partition.
    ///   - onRows: called now and then with how many more rows were read; throw from it to give up.
    ///   - made: called for each slice when it is there under its name.
    /// - Throws: `MissingOffsets`; `WorkerError` for a record that is no row any more, as the pipeline declares it now.
    func make(
        _ orders: [Order], onRows: (Int) throws -> Void = { _ in },
        made: (SliceLedger.Share, FileReference) throws -> Void
    ) throws {
        guard let first = orders.first?.share else { return }
        let source = TopicPartition(first.topic, Int32(first.partition))
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        func refuseMissing() throws {
            if let missing = Self.missing(orders, from: source, try admin.watermarks([source])[source]) {
                throw missing
            }
        }
        try refuseMissing()
        do { try write(orders, like: first, from: source, onRows: onRows, made: made) } catch let error as KafkaError
            where error.code == .autoOffsetReset
        {
            // They were removed between the look and the reading.
            try refuseMissing()
            throw error
        }
    }

    /// - Parameter first: what all are alike in: partition and kind.
    private func write(
        _ orders: [Order], like first: SliceLedger.Share, from source: TopicPartition, onRows: (Int) throws -> Void,
        made: (SliceLedger.Share, FileReference) throws -> Void
    ) throws {
        let below = SliceFolder.path(topic: first.topic, partition: first.partition)
        try DurableFile.createFolder("\(folder)/\(below)")
        let schema = try schema(first)
        let decoder = try RecordDecoder(schema)
        let runs = orders.indices.flatMap { order in orders[order].offsets.map { Run(offsets: $0, order: order) } }
            .sorted { $0.offsets.lowerBound < $1.offsets.lowerBound }
        var open: [Int: (builder: SliceBuilder, writer: SliceFileWriter)] = [:]
        var (read, told) = (0, 0)

        try records(source, runs) { view, order in
            let share = orders[order].share
            decoder.decode(payloads: [view.value?.baseAddress], lengths: [view.value?.count ?? 0], count: 1)
            if let (fault, column) = decoder.fault(0) {
                throw WorkerError(.damagedFile, "offset \(view.offset): \(fault.message(column: column))")
            }
            decoder.resolveKnown(timestamps: [view.timestampMilliseconds.map(BatchColumns.microseconds) ?? .min])
            let window = share.slice.window
            // A label that joined a later window than its own is known from then on.
            if share.kind == .labels { decoder.raiseKnown(0, to: window.start.microseconds) }
            let slice =
                try open[order]
                ?? (
                    SliceBuilder(window: window, columns: schema.columns),
                    SliceFileWriter(folder: "\(folder)/\(below)", window: window)
                )
            open[order] = slice
            try slice.builder.append(decoder, rows: 0..<1, firstOffset: view.offset)
            if slice.builder.hasFinished {
                for chunk in slice.builder.takeFinished() { try slice.writer.write(chunk) }
            }
            read += 1
            if read - told >= 4096 {
                try onRows(read - told)
                told = read
            }
            guard slice.builder.rows == share.slice.rows else { return }
            open[order] = nil
            let origin = SliceOrigin(kind: share.kind, topic: share.topic, partition: share.partition)
            let (chunks, footer) = try slice.builder.finish(origin, timeColumn: schema.timeColumn)
            for chunk in chunks { try slice.writer.write(chunk) }
            var file = try slice.writer.commit(footer)
            file.path = "\(below)/\(file.path)"
            try made(share, file)
        }
        try onRows(read - told)
    }

    private func schema(_ share: SliceLedger.Share) throws -> RecordSchema {
        guard share.kind == .labels else {
            return RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone)
        }
        guard let labels = pipeline.labels else {
            throw WorkerError(.damagedFile, "the pipeline declares no labels any more")
        }
        return RecordSchema(labels: labels, events: pipeline.events, timeZone: pipeline.timeZone)
    }

    /// Reads the records of the runs, which ascend and do not overlap.
    private func records(
        _ source: TopicPartition, _ runs: [Run], _ body: (MessageView, Int) throws -> Void
    ) throws {
        guard let first = runs.first, let last = runs.last else { return }
        var missing: [Range<Int64>] = []
        // The first offset of the runs that has not come yet, and the run it is in.
        var next = first.offsets.lowerBound
        var index = 0
        /// Notes as missing what lies before an offset that has come.
        func pass(to offset: Int64) {
            while index < runs.count, next < offset {
                let end = min(offset, runs[index].offsets.upperBound)
                missing.append(next..<end)
                advance(to: end)
            }
        }
        func advance(to offset: Int64) {
            next = offset
            guard next >= runs[index].offsets.upperBound else { return }
            index += 1
            if index < runs.count { next = runs[index].offsets.lowerBound }
        }
        do {
            try TopicFold(settings: settings).run([PartitionStart(source, .offset(next))]) { view in
                pass(to: view.offset)
                guard index < runs.count else { throw Done() }
                guard view.offset == next else { return }
                // Once a row is missing the rest is only counted.
                if missing.isEmpty { try body(view, runs[index].order) }
                advance(to: next + 1)
                if index == runs.count { throw Done() }
            }
        } catch is Done {}
        pass(to: last.offsets.upperBound)
        guard missing.isEmpty else { throw MissingOffsets(source, Self.joined(missing)) }
    }

    /// Ascending ranges, those that touch made one.
    private static func joined(_ ranges: [Range<Int64>]) -> [Range<Int64>] {
        ranges.reduce(into: []) { joined, range in
            if let last = joined.last, last.upperBound >= range.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
    }
}
