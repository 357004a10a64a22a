/// Follows `releases` and keeps the registry's folder as it says. Made after the commit, never before: what is in the
/// folder has been decided. Applying a release twice, or all of them again, changes nothing.
public struct RegistryProjection: Sendable {
    public let registry: Registry
    private var state = PublishState()
    /// The release that put each alias where it is, and its offset.
    private var movedAt: Int64?
    /// Newest versions that are kept, beside the pinned ones.
    public var keeping: Int

    public init(_ registry: Registry, keeping: Int = 50) {
        self.registry = registry
        self.keeping = keeping
    }

    /// Takes note of a release whose files are to be made later by `settle` (when folding the topic at a start).
    public mutating func fold(_ release: Release, offset: Int64) {
        guard state.fold(release) else { return }
        if release.movesChampion { movedAt = offset }
    }

    /// A release was committed: makes its version's folder and moves the aliases.
    public mutating func apply(_ release: Release, offset: Int64) throws(RegistryError) {
        fold(release, offset: offset)
        if let verdict = release.verdict, !verdict.report.isEmpty || release.movesChampion {
            try registry.store(verdict)
        }
        try moveAliases()
        try registry.prune(keeping: keeping, pinned: pinned)
    }

    /// Makes what the folded releases say: the champion's and its predecessor's folders, and the aliases. Old versions
    /// are made again when somebody asks for them.
    ///
    /// - Parameter verdicts: of the versions to make, by version; the first verdict of each.
    public mutating func settle(_ verdicts: [Int: Verdict]) throws(RegistryError) {
        let newest = Set(verdicts.keys.sorted().suffix(keeping)).union(pinned)
        for version in newest.sorted() {
            guard let verdict = verdicts[version] else { continue }
            do {
                try registry.store(verdict)
            } catch {
                // A run's folder that retention took away matters for those in force alone.
                if pinned.contains(version) || error.code == .cannotWrite { throw error }
            }
        }
        try moveAliases()
        try registry.prune(keeping: keeping, pinned: pinned)
    }

    var pinned: Set<Int> {
        var pinned = Set(state.versions.values.lazy.filter { $0.status == .awaitingApproval }.map(\.number))
        if let champion = state.champion { pinned.insert(champion) }
        if let previous = state.previous { pinned.insert(previous) }
        return pinned
    }

    private func moveAliases() throws(RegistryError) {
        guard let movedAt else { return }
        // The predecessor first: a reader of both never finds the same version twice for longer than needed.
        for (name, number) in [("previous", state.previous), ("champion", state.champion)] {
            guard let number, let version = state.versions[number] else {
                try registry.clear(name, releaseOffset: movedAt)
                continue
            }
            try registry.move(
                name,
                to: RegistryAlias(
                    alias: name, version: number, run: version.run, path: "\(registry.model)/versions/\(number)",
                    threshold: version.threshold, releaseOffset: movedAt))
        }
    }
}
