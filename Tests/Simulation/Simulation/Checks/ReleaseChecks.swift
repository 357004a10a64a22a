import Kafka
import Millrace
import World

/// Follows the releases, and looks whether the registry says what they say.
struct ReleaseChecks {
    let checks: Checks

    func violations() -> [Violation] {
        var state = PublishState()
        for (_, release) in checks.releases {
            if let verdict = release.verdict {
                if state.numbers[verdict.run] != nil, verdict.request == nil {
                    return [Violation(.oneDataset, "the run \(verdict.run) has two verdicts")]
                }
                guard verdict.version == state.nextVersion || verdict.request != nil else {
                    return [
                        Violation(.oneDataset, "version \(verdict.version) follows \(state.nextVersion - 1)")
                    ]
                }
                if case .published = release, verdict.request == nil,
                    state.hold != nil || checks.theatre.scenario.traits.contains(.approval)
                {
                    return [
                        Violation(
                            .aliasAfterRelease, "version \(verdict.version) was promoted without a person's approval")
                    ]
                }
                guard verdict.championBefore == state.champion else {
                    return [
                        Violation(
                            .aliasAfterRelease,
                            "the verdict on version \(verdict.version) replaces \(verdict.championBefore ?? 0), in force "
                                + "was \(state.champion ?? 0)")
                    ]
                }
                guard verdict.model.lineage.asOf == verdict.model.plan.asOf, !verdict.model.lineage.offsets.isEmpty
                else {
                    return [Violation(.explained, "version \(verdict.version) does not name its offsets")]
                }
            }
            state.fold(release)
        }
        return difference().map { [$0] } ?? []
    }

    /// What the registry says otherwise than the releases do.
    func difference() -> Violation? {
        var state = PublishState()
        var moved: Int64?
        for (offset, release) in checks.releases {
            state.fold(release)
            if release.movesChampion { moved = offset }
        }
        let alias = try? Registry(checks.pipeline).alias("champion")
        if alias?.version == state.champion, alias?.releaseOffset == moved { return nil }
        return Violation(
            .aliasAfterRelease,
            "the alias stands for version \(alias?.version ?? 0), the releases for \(state.champion ?? 0)")
    }

    /// Its transaction is decided upon: readers will see it, as soon as the markers are written.
    private func isCommitting(_ offset: Int64) -> Bool {
        let entries = checks.broker.topics[Arrow.releases.topic(of: checks.pipeline.name)]?.first?.entries ?? []
        guard entries.indices.contains(Int(offset)), let producer = entries[Int(offset)].producer else { return false }
        return entries[Int(offset)].fate == .open && checks.broker.committing.contains(producer)
    }

    /// At any moment: what is in force has been released.
    func present() -> Violation? {
        for name in ["champion", "previous"] {
            guard let alias = try? Registry(checks.pipeline).alias(name) else { continue }
            guard
                checks.releases.contains(where: { $0.offset == alias.releaseOffset && $0.release.movesChampion })
                    || isCommitting(alias.releaseOffset)
            else {
                return Violation(
                    .aliasAfterRelease,
                    "the alias \(name) stands for version \(alias.version) by the release at \(alias.releaseOffset), "
                        + "which is not in the log")
            }
        }
        return nil
    }
}
