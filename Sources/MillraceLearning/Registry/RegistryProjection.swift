import MillraceCore
import Foundation

/// Follows `releases` and keeps the registry's folder as it says. Made after the commit, never before: what is in the
/// folder has been decided. Applying a release twice, or all of them again, changes nothing.
public struct RegistryProjection: Sendable {
    public let registry: Registry
    private var state = PublishState()
    /// The offset of the release that put the aliases where they are.
    private var movedAt: Int64?
    /// Each version's first verdict: it names the report that its folder holds.
    private var verdicts: [Int: Verdict] = [:]
    /// Newest versions that are kept, beside the pinned ones.
    public var keeping: Int

    public init(_ registry: Registry, keeping: Int = 50) {
        self.registry = registry
        self.keeping = keeping
    }

    /// Takes note of a release whose files are to be made later by `settle`.
    public mutating func fold(_ release: Release, offset: Int64) {
        guard state.fold(release) else { return }
        if release.movesChampion { movedAt = offset }
        if let verdict = release.verdict, verdicts[verdict.version] == nil { verdicts[verdict.version] = verdict }
    }

    /// A release was committed: makes its version's folder, moves the aliases, and lets go of what is too old.
    public mutating func apply(_ release: Release, offset: Int64) throws(RegistryError) {
        fold(release, offset: offset)
        if let number = release.verdict?.version { try store(number) }
        try moveAliases()
        try prune()
    }

    /// Makes all that the folded releases say.
    public mutating func settle() throws(RegistryError) {
        for version in kept.sorted() { try store(version) }
        try moveAliases()
        try prune()
    }

    /// Takes away aliases of another log than the one that was folded: they name offsets which that has not reached.
    /// Only for a log that begins anew with its process; otherwise such an alias is a successor's work.
    ///
    /// - Parameter end: the offset after the last record of `releases`.
    public func forgetAliases(from end: Int64) throws(RegistryError) {
        for name in ["champion", "previous"] {
            if let alias = try? registry.alias(name), alias.releaseOffset < end { continue }
            try registry.remove(name)
        }
    }

    private var kept: Set<Int> { Set(verdicts.keys.sorted().suffix(max(keeping, 0))).union(state.pinned) }

    private func store(_ number: Int) throws(RegistryError) {
        guard let verdict = verdicts[number] else { return }
        do {
            try registry.store(verdict)
        } catch {
            // Files that were judged damaged or are gone matter for those in force alone.
            let isNeeded = number == state.champion || number == state.previous
            if isNeeded || error.code == .cannotRead || error.code == .cannotWrite { throw error }
        }
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

    private mutating func prune() throws(RegistryError) {
        try registry.prune(keeping: keeping, pinned: state.pinned)
        let kept = kept
        for (number, verdict) in verdicts where !kept.contains(number) {
            // A run has one version, and a folder of nobody else's. What is not there is gone already.
            try? FileManager.default.removeItem(atPath: "\(registry.pipelineFolder)/\(verdict.model.folder)")
            verdicts[number] = nil
        }
    }
}
