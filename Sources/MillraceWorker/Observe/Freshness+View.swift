import Millrace

extension Freshness {
    /// Ages of what a pipeline's stages have reached.
    /// - Parameter processes: what ingest says of itself on this machine; without it, the newest event seen is that of
    ///   the last seal.
    init(view: PipelineView, processes: [StatusFile.Content], now: Timestamp) {
        let events = view.partitions.values.filter { $0.kind == .events }
        let live = processes.compactMap(\.ingest).flatMap(\.partitions).filter { status in
            events.contains { $0.topic == status.topic } || events.isEmpty
        }
        let seen = (live.map(\.watermark) + events.map(\.watermark)).compactMap(\.self).max()
        let trained = view.runs.last { $0.trainingRows != nil }?.training?.end
        let champion = view.publish.champion.flatMap { view.publish.versions[$0] }?.model.plan.training.end
        let through: [Stage: Timestamp?] = [
            .seen: seen, .sealed: events.map(\.sealedThrough).min(),
            .transformed: view.currentDatasets.last?.window.end, .trained: trained, .champion: champion,
        ]
        // Before the first seal it is the oldest open window that waits, since ingest began to read.
        var (waiting, begun): (Timestamp?, Timestamp?) = (nil, nil)
        if events.isEmpty {
            waiting = live.compactMap(\.openedFrom).min()
            begun = waiting.flatMap { _ in processes.compactMap { $0.ingest?.since }.min() }
        }
        self.init(
            stages: Stage.allCases.map { stage in
                let through = through[stage] ?? nil
                let (from, since) =
                    stage == .sealed
                    ? (through ?? waiting, view.advanced[stage] ?? begun) : (through, view.advanced[stage])
                return Reached(
                    stage: stage, through: through,
                    behindSeconds: seen.flatMap { seen in from.map { max(0, Self.seconds(seen - $0)) } },
                    ageSeconds: through.map { Self.seconds(now - $0) },
                    unchangedSeconds: since.map { max(0, Self.seconds(now - $0)) })
            },
            labels: view.labelShares, lastLabel: view.labels?.lastKnown, maturedThrough: view.labels?.maturedThrough,
            matchRate: view.labels?.matchRate)
    }

    private static func seconds(_ duration: Duration) -> Double { Double(duration.microseconds) / 1e6 }
}
