import MillraceCore

/// Our own verdict on a group in one partition. It asks what Burrow asks, and differs where Burrow cries wolf: a group
/// just begun, one that commits seldom, and one that keeps pace at a distance are not in trouble.
struct LagJudge {
    var group: ClusterSample.Group
    var standing: ClusterSample.Standing
    /// nil if it has never committed.
    var history: LagHistory?
    var lag: Int64
    var lost: Int64
    var now: Int64

    var verdict: LagVerdict {
        if lost > 0 { return LagVerdict(.lost, "\(lost) records were removed by retention before they were read") }
        guard lag > 0 else { return LagVerdict(.ok, "everything is read") }
        guard let history, let committed = standing.committed else { return withoutCommit }
        if committed < history.furthest {
            return LagVerdict(.rewound, "it went back from \(history.furthest) to \(committed)")
        }
        if let excuse = group.excuse { return LagVerdict(.ok, excuse) }
        let still = now - history.stillSince
        if let verdict = standing(still: still, history) { return verdict }
        guard history.moved != nil, let change = history.lagChange else {
            return LagVerdict(.watching, "no move seen yet, watched for \(seconds(still))")
        }
        if history.isGrowing { return LagVerdict(.growing, "it reads, but its lag has grown at every look") }
        if LagTrend(change: change, lag: lag) == .shrinking { return LagVerdict(.catchingUp, "its lag shrinks") }
        return LagVerdict(.ok, "it keeps pace")
    }

    private var withoutCommit: LagVerdict {
        guard standing.owner == nil else {
            return LagVerdict(.watching, "a member has it, and has not committed yet; \(lag) records wait")
        }
        return LagVerdict(.neverCommitted, "the group has never committed here; \(lag) records wait")
    }

    /// Of an offset that does not move.
    private func standing(still: Int64, _ history: LagHistory) -> LagVerdict? {
        if ["Empty", "Dead"].contains(group.state), still >= history.patience || history.moved == nil {
            return LagVerdict(.stopped, "the group has no members, and no commit was seen for \(seconds(still))")
        }
        guard still >= history.patience else { return nil }
        if standing.owner != nil {
            return LagVerdict(.stalled, "a member has it, but the offset has not moved for \(seconds(still))")
        }
        return LagVerdict(.stopped, "no member has it, and the offset has not moved for \(seconds(still))")
    }

    private func seconds(_ microseconds: Int64) -> String { "\(microseconds / 1_000_000) s" }
}
