import Millrace

extension PipelineStatus.Evidence {
    /// Partitions of events whose clock is wrong: their records come from the future, one by one or all of them.
    var clockProblems: [PipelineStatus.Problem] { aheadOfOthers + fromTheFuture }

    /// A partition that runs ahead of the others by more than a jump, as one does whose producers all have a wrong clock:
    /// its records confirm each other. Who is behind in reading, or idle, is no measure.
    private var aheadOfOthers: [PipelineStatus.Problem] {
        let behind = Set(
            lags.filter { $0.role == .ingest }.flatMap(\.partitions).filter { $0.lag > 0 }.map {
                "\($0.topic)/\($0.partition)"
            })
        let partitions = view.partitions.values.filter { $0.kind == .events && $0.idleCause == nil }
        return partitions.sorted { $0.name < $1.name }.compactMap { partition in
            guard let own = partition.watermark else { return nil }
            let others = partitions.filter { $0.name != partition.name && !behind.contains($0.name) }
                .compactMap(\.watermark).sorted()
            // The lower middle: of two others, one that is wrong as well does not vouch for this one.
            guard !others.isEmpty, own > others[(others.count - 1) / 2] + pipeline.windows.maximumJump else {
                return nil
            }
            return .init(
                .warning,
                "the clock of \(partition.name) is wrong: its newest event says \(own), that of other partitions "
                    + "\(others[(others.count - 1) / 2]); look at what its producers put into "
                    + "'\(pipeline.events.timeColumn)'",
                next: "millrace lag --group ingest")
        }
    }

    private var fromTheFuture: [PipelineStatus.Problem] {
        processes.compactMap(\.ingest).flatMap(\.partitions).compactMap { partition in
            guard let count = partition.future, count > 0 else { return nil }
            return .init(
                .warning,
                "the clock of a producer of \(partition.topic)/\(partition.partition) is wrong: \(count) of its records "
                    + "lay more than \(DurationText.format(pipeline.windows.maximumJump)) (windows.max_jump) in the future "
                    + "and were set aside",
                next: "millrace dead-letters --code future")
        }
    }
}
