import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceOverview

@Suite struct LagObserverTests {
    private let partition = PartitionID("t", 0)
    private let epoch = Timestamp(rfc3339: "2026-01-01T00:00:00Z")!

    private func time(_ seconds: Double) -> Timestamp { epoch + .microseconds(Int64(seconds * 1e6)) }

    private func sample(
        _ seconds: Double, committed: Int64?, end: Int64, low: Int64 = 0, state: String = "Stable",
        isOwned: Bool = true, excuse: String? = nil
    ) -> ClusterSample {
        let owner = isOwned ? PartitionObservation.Owner(consumerID: "c", host: "h", clientID: "i") : nil
        return ClusterSample(
            time: time(seconds), ends: [partition: .init(low: low, end: end)],
            groups: [
                .init(
                    name: "g", state: state, members: isOwned ? 1 : 0,
                    standings: [.init(partition, committed: committed, owner: owner)], excuse: excuse)
            ])
    }

    /// One look, with what stands at the position that is asked for.
    private func look(
        _ observer: inout LagObserver, _ sample: ClusterSample, finding: RecordFinding? = nil
    ) -> PartitionObservation {
        let positions = observer.take(sample)
        if let finding { observer.found(Dictionary(uniqueKeysWithValues: positions.map { ($0, finding) })) }
        return observer.groups()[0].partitions[0]
    }

    @Test func whatHasBeenReadIsNoLagAndNoSeconds() {
        var observer = LagObserver()
        let seen = look(&observer, sample(0, committed: 7, end: 7))
        #expect(seen.lag == 0 && seen.age == .zero && seen.catchUp == .done && seen.verdict.code == .ok)
    }

    @Test func aRestOfMarkersIsNoLagUntilARecordFollows() {
        var observer = LagObserver()
        let seen = look(&observer, sample(0, committed: 7, end: 9), finding: .nothing(end: 9))
        #expect(seen.lag == 0 && seen.age == .zero)
        // Known by now, so nothing is read.
        #expect(observer.take(sample(10, committed: 7, end: 9)).isEmpty)
        #expect(observer.groups()[0].lag == 0)
        // More has come: it must be looked at again.
        let more = look(
            &observer, sample(20, committed: 7, end: 12),
            finding: .record(timestamp: time(15), isAppendTime: false))
        #expect(more.lag == 5 && more.age.source == .record)
    }

    /// A partition without a leader, or a group whose coordinator moves, is not in the look.
    @Test(arguments: [true, false]) func whatALookDoesNotShowIsRememberedForAWhile(groupIsShown: Bool) throws {
        var (observer, forgetful) = (LagObserver(), LagObserver())
        func read(_ seconds: Double) -> ClusterSample {
            sample(seconds, committed: Int64(seconds), end: Int64(seconds) + 9)
        }
        for seconds in stride(from: 0.0, to: 60, by: 10) {
            _ = look(&observer, read(seconds))
            _ = look(&forgetful, read(seconds))
        }
        func lookAway(_ observer: inout LagObserver, _ seconds: Double) {
            var away = read(seconds)
            away.ends = [:]
            if groupIsShown { away.groups[0].standings = [] } else { away.groups = [] }
            _ = observer.take(away)
            #expect(observer.groups().count == (groupIsShown ? 1 : 0))
        }
        lookAway(&observer, 60)
        let back = look(&observer, read(70))
        #expect(back.consumed == 1 && back.produced == 1 && back.lagChange == 0)
        #expect(back.verdict == LagVerdict(.ok, "it keeps pace"))
        #expect(back.age == LagAge(seconds: 8.5, source: .interpolated))

        for seconds in stride(from: 60.0, to: 720, by: 10) { lookAway(&forgetful, seconds) }
        let new = look(&forgetful, read(720))
        #expect(new.consumed == nil && new.produced == nil && new.verdict.code == .watching)
    }

    @Test func theFirstUnreadRecordsTimestampIsTheAge() {
        var observer = LagObserver()
        let finding = RecordFinding.record(timestamp: time(-90), isAppendTime: false)
        let seen = look(&observer, sample(0, committed: 5, end: 10), finding: finding)
        #expect(seen.age == LagAge(seconds: 90, source: .record))
        // A group that stands still is not read for again, and grows older.
        #expect(observer.take(sample(10, committed: 5, end: 20)).isEmpty)
        #expect(observer.groups()[0].partitions[0].age == LagAge(seconds: 100, source: .record))
    }

    @Test func aReplayedRecordIsAsOldAsItsArrival() throws {
        var observer = LagObserver()
        _ = look(&observer, sample(0, committed: 10, end: 10))
        _ = look(&observer, sample(10, committed: 10, end: 20))
        let old = RecordFinding.record(timestamp: Timestamp(rfc3339: "2018-04-01T00:00:00Z")!, isAppendTime: false)
        let seen = look(&observer, sample(20, committed: 15, end: 30), finding: old)
        // Records 10 to 19 came in the first ten seconds: number 15 a little after the fifth.
        #expect(seen.age.source == .interpolated)
        #expect(seen.age.seconds == 14.5)
        #expect(try #require(seen.age.reason).contains("2018-04-01"))
        // A time that the broker gave is never doubted.
        var trusting = LagObserver()
        _ = look(&trusting, sample(0, committed: 10, end: 10))
        let stamped = RecordFinding.record(timestamp: time(-3600), isAppendTime: true)
        #expect(look(&trusting, sample(10, committed: 10, end: 20), finding: stamped).age.seconds == 3610)
    }

    @Test func anOldRecordThatNobodySawComeIsDoubtedInWords() throws {
        var observer = LagObserver()
        let old = RecordFinding.record(timestamp: Timestamp(rfc3339: "2018-04-01T00:00:00Z")!, isAppendTime: false)
        let seen = look(&observer, sample(0, committed: 5, end: 10), finding: old)
        #expect(seen.age.source == .record)
        #expect(try #require(seen.age.reason).contains("2018-04-01T00:00:00Z: nobody saw it come"))
    }

    @Test func whatIsNotReadIsInterpolatedOrAtLeastSoOld() {
        var observer = LagObserver(probeLimit: 0)
        let first = look(&observer, sample(0, committed: 5, end: 10))
        #expect(first.age == LagAge(seconds: 0, source: .atLeast, reason: "it came before the first look"))
        _ = look(&observer, sample(10, committed: 5, end: 20))
        #expect(look(&observer, sample(20, committed: 5, end: 20)).age.seconds == 20)
        let later = look(&observer, sample(30, committed: 10, end: 20))
        #expect(later.age == LagAge(seconds: 29.5, source: .interpolated))
    }

    @Test func aFailureToReadIsSaid() {
        var observer = LagObserver()
        let seen = look(&observer, sample(0, committed: 5, end: 10), finding: .failed("no permission"))
        #expect(seen.age.reason == "no permission")
        // And is tried again.
        #expect(observer.take(sample(10, committed: 5, end: 10)).count == 1)
    }

    @Test func noMoreRecordsAreReadThanAllowedAndAllHaveTheirTurn() {
        var observer = LagObserver(probeLimit: 10)
        var asked: Set<LagObserver.Position> = []
        for turn in 0..<5 {
            let partitions = (0..<50).map { PartitionID("t", $0) }
            let sample = ClusterSample(
                time: time(Double(turn) * 10),
                ends: Dictionary(uniqueKeysWithValues: partitions.map { ($0, .init(low: 0, end: 100)) }),
                groups: [
                    .init(
                        name: "g", state: "Empty", members: 0,
                        standings: partitions.map { .init($0, committed: Int64(turn)) })
                ])
            let positions = observer.take(sample)
            #expect(positions.count == 10)
            for position in positions { asked.insert(.init(position.partition, 0)) }
            _ = observer.groups()
        }
        #expect(asked.count == 50)
    }

    @Test func ratesTrendAndTimeUntilCaughtUpComeFromLooks() throws {
        var observer = LagObserver(probeLimit: 0)
        var seen = look(&observer, sample(0, committed: 0, end: 1000))
        #expect(seen.produced == nil && seen.consumed == nil && seen.catchUp == .unknown)
        for step in 1...6 {
            seen = look(
                &observer, sample(Double(step) * 10, committed: Int64(step * 100), end: 1000 + Int64(step * 50)))
        }
        #expect(seen.produced == 5 && seen.consumed == 10 && seen.lagChange == -5 && seen.trend == .shrinking)
        #expect(seen.catchUp == .later(seconds: 140))
        #expect(seen.verdict.code == .catchingUp)
    }

    @Test func whatNeverCommittedHasTheWholeBacklogAndNoOffset() {
        var observer = LagObserver()
        let seen = look(&observer, sample(0, committed: nil, end: 100, low: 40, state: "Empty", isOwned: false))
        #expect(seen.committed == nil && seen.lag == 60 && seen.burrow == .notFound)
        #expect(seen.verdict.code == .neverCommitted)
    }

    @Test func dataRemovedBeforeTheyWereReadAreLost() {
        var observer = LagObserver()
        let seen = look(&observer, sample(0, committed: 10, end: 100, low: 40))
        #expect(seen.lost == 30 && seen.lag == 60 && seen.verdict.code == .lost)
    }

    @Test func anExcuseIsNoStall() {
        var observer = LagObserver(probeLimit: 0)
        var seen = look(&observer, sample(0, committed: 5, end: 10, excuse: "it waits"))
        for step in 1...30 {
            seen = look(&observer, sample(Double(step) * 10, committed: 5, end: 10, excuse: "it waits"))
        }
        #expect(seen.verdict == LagVerdict(.ok, "it waits"))
        seen = look(&observer, sample(310, committed: 5, end: 10))
        #expect(seen.verdict.code == .stalled)
    }

    @Test func aTopicMadeAnewBeginsAnew() {
        var observer = LagObserver(probeLimit: 0)
        for step in 0..<5 { _ = look(&observer, sample(Double(step) * 10, committed: 90, end: 100)) }
        let seen = look(&observer, sample(50, committed: 3, end: 4))
        #expect(seen.verdict.code != .rewound)
        #expect(seen.produced == nil)
    }

    @Test func aGroupIsTheSumOfItsPartitionsAndItsWorstOne() {
        func partition(_ lag: Int64, _ age: LagAge, _ burrow: BurrowStatus, _ code: LagVerdict.Code)
            -> PartitionObservation
        {
            PartitionObservation(
                topic: "t", partition: 0, committed: 0, low: 0, end: lag, lag: lag, age: age, produced: 1,
                burrow: burrow, verdict: LagVerdict(code, "r"))
        }
        let group = GroupObservation(
            group: "g", state: "Stable", members: 1,
            partitions: [
                partition(5, LagAge(seconds: 7, source: .record), .ok, .ok),
                partition(9, LagAge(seconds: 3, source: .interpolated), .stall, .stalled),
                partition(0, .zero, .ok, .ok),
            ])
        #expect(group.lag == 14 && group.produced == 3 && group.consumed == nil)
        #expect(group.age == LagAge(seconds: 7, source: .record))
        #expect(group.burrow == .stall && group.verdict.code == .stalled)
    }
}
