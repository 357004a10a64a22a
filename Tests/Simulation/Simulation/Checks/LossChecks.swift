import Kafka
import Millrace
import World

/// Of a partition that has lost records: what became of the rest depends on who had read how far, but every offset has
/// one fate, and no row is there twice.
struct LossChecks {
    let checks: Checks
    let source: TopicPartition

    func violations() -> [Violation] {
        let log = checks.log(source)
        var next: Int64?
        var rows: Set<Int64> = []
        var sliced: Set<Int64> = []
        for (_, _, seal) in checks.seals
        where seal.topic == source.topic && seal.partition == Int(source.partition) {
            let name = "seal \(seal.sequence) of \(source)"
            guard seal.firstOffset == next ?? seal.firstOffset else {
                return [
                    Violation(
                        .nothingLost, "\(name) begins at \(seal.firstOffset), the one before ends at \(next ?? 0)")
                ]
            }
            next = seal.nextOffset
            let ledger: Ledger
            var offsets: [Int64] = []
            do {
                let folder = checks.pipeline.folder
                ledger = try Ledger(decoding: DurableFile.read("\(folder)/\(seal.ledger.path)"))
                for slice in seal.slices {
                    offsets += try SliceFile.read(slice.file, folder: folder, columns: columns).offsets.flatMap { $0 }
                }
            } catch {
                return [Violation(.nothingLost, "\(name) names a file that cannot be read: \(error)")]
            }
            if let twice = offsets.first(where: { !sliced.insert($0).inserted }) {
                return [
                    Violation(.nothingLost, "offset \(twice) of \(source) is in two slices, one of them in \(name)")
                ]
            }
            var offset = ledger.firstOffset
            for run in ledger.runs {
                for each in offset..<offset + Int64(run.count) {
                    let entry = log.entries[Int(each)]
                    let isThere = entry.record != nil && entry.fate == .committed
                    // A repetition whose first is gone counts, though a ledger has called it one.
                    if run.outcome == .row || run.outcome == .duplicate { rows.insert(each) }
                    let isRight =
                        run.outcome == .lost
                        ? each < log.low : isThere == (run.outcome != .absent) || (isThere && each < log.low)
                    guard isRight else {
                        return [
                            Violation(
                                .nothingLost,
                                "\(name) says of offset \(each) that it is \(run.outcome), the log does not")
                        ]
                    }
                }
                offset += Int64(run.count)
            }
            guard offset == seal.nextOffset else {
                return [
                    Violation(.nothingLost, "the ledger of \(name) ends at \(offset), the seal at \(seal.nextOffset)")
                ]
            }
        }
        if let wrong = sliced.subtracting(rows).min() {
            return [Violation(.nothingLost, "offset \(wrong) of \(source) is in a slice, and no ledger says so")]
        }
        return []
    }

    private var columns: [Column] {
        let pipeline = checks.pipeline
        let schema =
            pipeline.events.topics.contains(source.topic)
            ? RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone)
            : RecordSchema(labels: pipeline.labels!, events: pipeline.events, timeZone: pipeline.timeZone)
        return schema.columns
    }
}
