import Foundation
import Testing

import Millrace
@testable import MillraceOverview

@Suite struct BurrowRulesTests {
    /// Burrow asked for ends every second; where in the second is seen in the lags that it noted beside commits.
    private static let refresh = 0.5

    /// What our rules say of a recorded group at each time at which Burrow was asked.
    private func verdicts(_ group: BurrowRecording.Group) -> [BurrowStatus] {
        group.obs.map { observed in
            var commits = LookList()
            for event in group.log where event.t <= observed.t {
                guard let offset = event.commit else { continue }
                let known = (event.t - Self.refresh).rounded(.down) + Self.refresh
                BurrowRules.add(
                    .init(time: micro(event.t), offset: offset, end: group.state(at: known).end), to: &commits)
            }
            let newest = (observed.t - Self.refresh).rounded(.down) + Self.refresh
            let ends = (0..<BurrowRules.window).map { group.state(at: newest - Double($0)).end }
            let lag = (ends.max() ?? 0) - (commits.last?.offset ?? 0)
            return BurrowRules.status(commits, ends: ends, lag: lag, now: micro(observed.t))
        }
    }

    private func micro(_ seconds: Double) -> Int64 { Int64(seconds * 1e6) }

    @Test(.enabled(if: BurrowRecording.isAvailable, BurrowRecording.skipReason))
    func ourVerdictsAreBurrowsOwnWithinAStepOfEachChange() throws {
        let recording = try BurrowRecording.load()
        #expect(recording.groups.count == 20)
        // Groups with Burrow's changes in Burrow's order, and looks at which the two say the same at once.
        var (alike, looks, same) = (0, 0, 0)
        for (name, group) in recording.groups.sorted(by: { $0.key < $1.key }) {
            let (ours, theirs) = (verdicts(group), group.obs.map { BurrowStatus(rawValue: $0.status) })
            for index in theirs.indices {
                let near = theirs[max(0, index - 1)...min(theirs.count - 1, index + 1)]
                #expect(near.contains(ours[index]), "\(name) at \(group.obs[index].t) s: \(ours[index])")
            }
            func changes(_ list: [BurrowStatus?]) -> [BurrowStatus?] {
                list.enumerated().filter { $0.offset == 0 || list[$0.offset - 1] != $0.element }.map(\.element)
            }
            #expect(changes(ours) == changes(theirs), "\(name)")
            if changes(ours) == changes(theirs) { alike += 1 }
            (looks, same) = (looks + ours.count, same + zip(ours, theirs).count { $0 == $1 })
        }
        print(
            "Burrow's rules: \(alike) of \(recording.groups.count) groups as Burrow has them, \(same) of \(looks) looks at once"
        )
    }

    @Test func aQuietTopicIsNoStoppedConsumer() {
        let commits = (0..<3).map { BurrowRules.Commit(time: $0 * 2_000_000, offset: 10, end: 10) }
        func status(ends: [Int64]) -> BurrowStatus { BurrowRules.status(commits, ends: ends, lag: 5, now: 60_000_000) }
        #expect(status(ends: [10, 10, 15]) == .ok)
        #expect(status(ends: [15, 15, 15]) == .stop)
        #expect(BurrowRules.status(commits, ends: [10], lag: 0, now: 600_000_000) == .ok)
        #expect(BurrowRules.status(LookList(), ends: [10], lag: 10, now: 0) == .notFound)
    }

    @Test func commitsInTheSameSecondTakeOnePlace() {
        var commits = LookList()
        for index in 0..<40 {
            BurrowRules.add(.init(time: Int64(index) * 250_000, offset: Int64(index), end: 100), to: &commits)
        }
        #expect(commits.count == 10)
        #expect(commits.last?.offset == 39)
    }
}
