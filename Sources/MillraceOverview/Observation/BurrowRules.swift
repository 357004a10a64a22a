import MillraceCore

/// Burrow's rules: a verdict on a consumer from its last commits alone, without any threshold. (LinkedIn's Burrow, its
/// wiki's "Consumer Lag Evaluation Rules", as version 1.9 applies them.)
enum BurrowRules {
    typealias Commit = LookList.Look

    /// How many commits Burrow looks at.
    static let window = 10
    /// A commit nearer to the one before takes its place.
    static let minimumDistance: Int64 = 1_000_000

    static func add(_ commit: Commit, to commits: inout LookList) {
        if let last = commits.last, commit.time - last.time < minimumDistance {
            commits.replaceLast(with: Commit(time: last.time, offset: commit.offset, end: commit.end))
        } else {
            commits.append(commit, capacity: window)
        }
    }

    /// - Parameters:
    ///   - commits: the last ones, oldest first.
    ///   - ends: the partition's last known ends.
    ///   - lag: now.
    ///   - now: µs since 1970.
    static func status(
        _ commits: some RandomAccessCollection<Commit>, ends: some Sequence<Int64>, lag: Int64, now: Int64
    ) -> BurrowStatus {
        guard let first = commits.first, let last = commits.last else { return .notFound }
        if lag <= 0 { return .ok }
        // A quiet topic is not a stopped consumer: it has been at the end within the ends seen.
        if now - last.time > last.time - first.time, !ends.contains(where: { $0 <= last.offset }) { return .stop }
        if isRewound(commits) { return .rewind }
        if commits.contains(where: { $0.lag == 0 }) { return .ok }
        let pairs = zip(commits, commits.dropFirst())
        if pairs.allSatisfy({ $0.offset == $1.offset }) { return .stall }
        return pairs.contains { $1.lag < $0.lag } ? .ok : .warn
    }

    /// Whether an offset went back, and none since has come to where it was.
    private static func isRewound(_ commits: some RandomAccessCollection<Commit>) -> Bool {
        var furthest = Int64.min
        for commit in commits { furthest = max(furthest, commit.offset) }
        guard let last = commits.last, last.offset < furthest else { return false }
        return zip(commits, commits.dropFirst()).contains { $1.offset < $0.offset }
    }
}
