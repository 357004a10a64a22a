import Kafka
import Millrace
import World

/// Follows the releases, and looks whether the registry says what they say.
struct ReleaseChecks {
    let checks: Checks

    func violations() -> [Violation] {
        var state = PublishState()
        var moved: Int64?
        for (offset, release) in checks.releases {
            if let verdict = release.verdict {
                if state.numbers[verdict.run] != nil, verdict.request == nil {
                    return [Violation(.oneDataset, "the run \(verdict.run) has two verdicts")]
                }
                guard verdict.version == state.nextVersion || verdict.request != nil else {
                    return [
                        Violation(.oneDataset, "version \(verdict.version) follows \(state.nextVersion - 1)")
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
            if release.movesChampion { moved = offset }
        }
        let alias = try? Registry(checks.pipeline).alias("champion")
        guard alias?.version == state.champion, alias?.releaseOffset == moved else {
            return [
                Violation(
                    .aliasAfterRelease,
                    "the alias stands for version \(alias?.version ?? 0), the releases for \(state.champion ?? 0)")
            ]
        }
        return []
    }

    /// At any moment: what is in force has been released.
    func present() -> Violation? {
        for name in ["champion", "previous"] {
            guard let alias = try? Registry(checks.pipeline).alias(name) else { continue }
            guard checks.releases.contains(where: { $0.offset == alias.releaseOffset && $0.release.movesChampion })
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
