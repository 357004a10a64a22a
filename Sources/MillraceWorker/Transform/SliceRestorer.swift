import Kafka
import Millrace

/// Makes a slice again that is damaged or missing. Its partition's ledgers say which records were its rows; the source
/// topic has them, if its retention has not removed them; and the same rows are the same bytes.
struct SliceRestorer: Sendable {
    var pipeline: Pipeline
    var cluster: Cluster
    var log: Log

    /// Ends the reading once the last row has been read.
    private struct Done: Error {}

    /// - Throws: `WorkerError` that says why it cannot be made again, and what can be done.
    func restore(_ share: SliceLedger.Share) throws {
        let path = "\(pipeline.folder)/\(share.slice.file.path)"
        do {
            let offsets = try offsets(of: share)
            // Kept for whoever wants to know what happened to it. If it cannot be moved it cannot be replaced either,
            // which is said below.
            try? DurableFile.rename(path, to: "\(path).damaged")
            let made = try write(share, offsets)
            guard made.sha256 == share.slice.file.sha256 else {
                if made.path != share.slice.file.path { try DurableFile.remove("\(pipeline.folder)/\(made.path)") }
                throw WorkerError(
                    .damagedFile,
                    "its records have become other rows: expected SHA-256 \(share.slice.file.sha256), found "
                        + "\(made.sha256); was the pipeline's schema changed?")
            }
            log.info(
                "transform", "made a slice again, byte for byte",
                ["path": share.slice.file.path, "rows": share.slice.rows])
        } catch {
            throw WorkerError(
                .damagedFile,
                "\(path) is damaged or gone, and cannot be made again from \(share.topic)/\(share.partition): "
                    + "\((error as? WorkerError)?.message ?? "\(error)"). Put a copy of the file back, or begin anew under "
                    + "another pipeline name")
        }
    }

    /// Which records were the slice's rows, by the ledgers through its seal.
    private func offsets(of share: SliceLedger.Share) throws -> [Range<Int64>] {
        var seals: [Int: SliceSealed] = [:]
        let topic = TopicPartition(Arrow.slices.topic(of: pipeline.name), 0)
        try TopicFold(settings: cluster.controlSettings(for: "transform.restore")).run(
            [PartitionStart(topic, .beginning)]
        ) {
            guard let record = try? ControlRecord($0.message, of: .slices),
                let seal = try? record.message.payload(SliceSealed.self), seal.topic == share.topic,
                seal.partition == share.partition, seal.sequence <= share.sequence, seals[seal.sequence] == nil
            else { return }
            seals[seal.sequence] = seal
        }
        var offsets: [Range<Int64>] = []
        for (_, seal) in seals.sorted(by: { $0.key < $1.key }) {
            let path = "\(pipeline.folder)/\(seal.ledger.path)"
            let bytes = try DurableFile.read(path, limit: .max)
            guard Checksum(of: bytes).description == seal.ledger.sha256 else {
                throw WorkerError(.damagedFile, "the ledger \(path) is damaged, too")
            }
            offsets += try Ledger(decoding: bytes, path: path).rows.filter { $0.window == share.slice.window }
                .map(\.offsets)
        }
        let count = offsets.reduce(0) { $0 + $1.count }
        guard count == share.slice.rows else {
            throw WorkerError(.damagedFile, "it had \(share.slice.rows) rows, and the ledgers name \(count)")
        }
        return offsets
    }

    private func write(_ share: SliceLedger.Share, _ offsets: [Range<Int64>]) throws -> FileReference {
        let schema =
            share.kind == .events
            ? RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone)
            : RecordSchema(
                labels: try labels(share.topic), events: pipeline.events, timeZone: pipeline.timeZone)
        let decoder = try RecordDecoder(schema)
        let window = share.slice.window
        let builder = SliceBuilder(window: window, columns: schema.columns)
        let below = SliceFolder.path(topic: share.topic, partition: share.partition)
        let writer = try SliceFileWriter(folder: "\(pipeline.folder)/\(below)", window: window)
        try read(share, offsets) { view in
            decoder.decode(payloads: [view.value?.baseAddress], lengths: [view.value?.count ?? 0], count: 1)
            if let (fault, column) = decoder.fault(0) {
                throw WorkerError(.damagedFile, "offset \(view.offset): \(fault.message(column: column))")
            }
            decoder.resolveKnown(timestamps: [view.timestampMilliseconds.map { $0 * 1000 } ?? .min])
            // A label that joined a later window than its own is known from then on.
            if share.kind == .labels { decoder.raiseKnown(0, to: window.start.microseconds) }
            try builder.append(decoder, rows: 0..<1, firstOffset: view.offset)
            for chunk in builder.takeFinished() { try writer.write(chunk) }
        }
        let origin = SliceOrigin(kind: share.kind, topic: share.topic, partition: share.partition)
        let (chunks, footer) = try builder.finish(origin, timeColumn: schema.timeColumn)
        for chunk in chunks { try writer.write(chunk) }
        var file = try writer.commit(footer)
        file.path = "\(below)/\(file.path)"
        return file
    }

    private func labels(_ topic: String) throws -> LabelSource {
        guard let labels = pipeline.labels else {
            throw WorkerError(.damagedFile, "the pipeline declares no labels any more")
        }
        return labels
    }

    /// Reads the records of these offsets, which ascend.
    private func read(
        _ share: SliceLedger.Share, _ offsets: [Range<Int64>], _ body: (MessageView) throws -> Void
    ) throws {
        guard let first = offsets.first, let last = offsets.last else { return }
        let source = TopicPartition(share.topic, Int32(share.partition))
        var next = 0
        var missing: Int64? = first.lowerBound
        do {
            try TopicFold(settings: cluster.settings(for: "transform.restore")).run(
                [PartitionStart(source, .offset(first.lowerBound))]
            ) { view in
                while next < offsets.count, view.offset >= offsets[next].upperBound { next += 1 }
                guard next < offsets.count else { throw Done() }
                guard offsets[next].contains(view.offset) else { return }
                guard view.offset == missing else {
                    throw WorkerError(
                        .damagedFile, "offset \(missing ?? 0) is not there any more: the topic's retention removed it")
                }
                try body(view)
                missing =
                    view.offset + 1 < offsets[next].upperBound
                    ? view.offset + 1 : next + 1 < offsets.count ? offsets[next + 1].lowerBound : nil
                if view.offset == last.upperBound - 1 { throw Done() }
            }
        } catch is Done {
        } catch let error as KafkaError where error.code == .autoOffsetReset {
            // The first one is gone, which is said below.
        }
        if let missing {
            throw WorkerError(
                .damagedFile, "offset \(missing) is not there any more: the topic's retention removed it")
        }
    }
}
