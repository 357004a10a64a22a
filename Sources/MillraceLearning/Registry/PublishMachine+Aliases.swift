public import MillraceCore

extension PublishMachine {
    /// The alias records that go with a release, in the same transaction; call it before the release is folded.
    ///
    /// - Parameter releaseID: the `ce_id` of the release.
    public func aliases(movedBy release: Release, releaseID: String) -> [AliasMoved] {
        guard release.movesChampion else { return [] }
        var after = state
        guard after.fold(release) else { return [] }
        return [("champion", after.champion), ("previous", after.previous)].map { alias, number in
            let version = number.flatMap { after.versions[$0] }
            return AliasMoved(
                alias: alias, version: number, run: version?.run, release: releaseID, sequence: after.sequence,
                registryPath: number.map(registryPath))
        }
    }
}
