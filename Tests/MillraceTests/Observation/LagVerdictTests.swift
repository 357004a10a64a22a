import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceOverview

/// Our own verdict on the groups that Burrow was watching, from looks two seconds apart, as the worker has them: it
/// knows offsets and members, but not when commits were made.
@Suite(.enabled(if: BurrowRecording.isAvailable, BurrowRecording.skipReason)) struct LagVerdictTests {
    /// Those whose members have gone, and those that never had one.
    private static let abandoned: Set = ["stopped", "stopped_quiet_lag", "stopped_quiet_zero", "never"]

    private func watch(_ name: String) throws -> [(time: Double, group: GroupObservation)] {
        let group = try #require(try BurrowRecording.load().groups[name])
        let partition = PartitionID(name, 0)
        var observer = LagObserver(probeLimit: 0)
        let lastCommit = group.log.last { $0.commit != nil }?.t ?? -1
        return group.obs.map { observed in
            let (end, committed) = group.state(at: observed.t)
            let isThere = !Self.abandoned.contains(name) || observed.t < lastCommit + 2
            let owner = isThere ? PartitionObservation.Owner(consumerID: "c", host: "h", clientID: "i") : nil
            let positions = observer.take(
                ClusterSample(
                    time: Timestamp(microseconds: Int64(observed.t * 1e6)),
                    ends: [partition: .init(low: 0, end: end)],
                    groups: [
                        .init(
                            name: name, state: isThere ? "Stable" : "Empty", members: isThere ? 1 : 0,
                            standings: [.init(partition, committed: committed, owner: owner)])
                    ]))
            #expect(positions.isEmpty)
            return (observed.t, observer.groups()[0])
        }
    }

    @Test(arguments: [
        "healthy", "bursty", "bursty_never_zero", "catching_up", "constant", "idle_at_end", "slow_committer",
        "starts_late", "stopped_quiet_zero",
    ])
    func whatReadsIsNeverAlarmedAbout(name: String) throws {
        for (time, group) in try watch(name) {
            #expect(group.verdict.severity == .ok, "\(time) s: \(group.verdict)")
        }
    }

    @Test func aSingleCommitIsGivenTimeBeforeItCountsAsStalled() throws {
        for (time, group) in try watch("one_commit_behind") {
            // Burrow says STOP from the twelfth second, two seconds after the commit.
            #expect(group.verdict.code == (time < 11 ? .watching : time < 42 ? .watching : .stalled), "\(time) s")
        }
    }

    @Test(arguments: [
        ("stopped", LagVerdict.Code.stopped), ("stopped_quiet_lag", .stopped), ("stalled", .stalled),
        ("idle_behind", .stalled), ("rewind", .rewound), ("growing", .growing), ("fast_then_slow", .growing),
        ("never", .neverCommitted), ("rewind_recovered", .ok), ("stalled_then_moves", .ok),
    ])
    func whatIsWrongIsSaidInTheEnd(name: String, code: LagVerdict.Code) throws {
        let seen = try watch(name)
        let last = try #require(seen.last).group
        if code == .ok {
            #expect(last.verdict.severity == .ok, "\(last.verdict)")
            #expect(seen.contains { $0.group.verdict.severity != .ok })
        } else if name == "never" {
            // Nobody is there, and there is data.
            #expect(last.verdict.code == .neverCommitted)
        } else {
            #expect(last.verdict.code == code, "\(last.verdict)")
        }
    }

    @Test(arguments: ["stopped", "stalled", "idle_behind", "growing", "healthy", "constant", "stopped_quiet_zero"])
    func burrowsRulesSayTheSameOfLooksAsOfCommitsInTheEnd(name: String) throws {
        let theirs = try #require(try BurrowRecording.load().groups[name]?.obs.last?.status)
        #expect(try watch(name).last?.group.burrow.rawValue == theirs)
    }
}
