import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

/// A second feature set, made from the slices of the days before it.
struct BackfillTests {
    private let reference = FileReference(path: "f", bytes: 1, sha256: "00")

    private func machine(hash: String, backfillDays: Int) throws -> TransformMachine {
        var machine = TransformMachine(
            settings: .init(
                featureHash: hash, windowSize: .seconds(86_400), reach: .seconds(2 * 86_400),
                warmUp: .seconds(2 * 86_400), memory: .seconds(4 * 86_400), backfill: .seconds(backfillDays * 86_400),
                eventTopics: ["events"], labelTopics: ["labels"]))
        for (offset, topic) in ["events", "labels"].enumerated() {
            let seal = SliceSealed(
                kind: topic == "labels" ? .labels : .events, topic: topic, partition: 0, partitionCount: 1,
                sequence: 0, sealedThrough: DatasetTests.day(20).end, watermark: nil,
                slices: (0...20).map { .init(window: DatasetTests.day($0), rows: 1, file: reference) },
                firstOffset: 0, nextOffset: 9, late: 0, duplicates: 0, dead: 0, moved: 0, idle: nil,
                replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil),
                ledger: reference)
            try machine.receive(seal, offset: Int64(offset))
        }
        return machine
    }

    private func ready(_ day: Int, hash: String, skipped: Bool = false, cold: Bool = false) -> DatasetReady {
        DatasetReady(
            window: DatasetTests.day(day), featureHash: hash, rows: 1, features: ["a"], folder: "d", files: [],
            isCold: cold, isSkipped: skipped, offsets: [:], slices: [], state: nil, slicesRewindOffset: 0)
    }

    /// The old set reached day 15; day 9 was released from quarantine and day 11 skipped.
    private func fold(into machine: inout TransformMachine) {
        for day in 0...15 {
            if day == 9 || day == 11 {
                machine.fold(
                    DatasetQuarantined(window: DatasetTests.day(day), featureHash: "old", rows: 1, violations: []))
            }
            machine.fold(ready(day, hash: "old", skipped: day == 11))
            machine.fold(
                LabelsArrived(
                    window: DatasetTests.day(day), file: nil, labels: 0, positives: 0, negatives: 0, withdrawn: 0,
                    changed: 0, unmatched: 0, matchRate: nil, maturedThrough: nil, lastKnown: nil, isSilent: true))
        }
    }

    @Test func `it begins as far back as a run needs, warms up, keeps people's decisions, and goes on`() throws {
        var machine = try machine(hash: "new", backfillDays: 7)
        fold(into: &machine)
        var builds: [TransformMachine.Build] = []
        while let build = machine.next() {
            builds.append(build)
            machine.published(
                ready(0, hash: "new").with(build), labels: nil)
        }
        #expect(builds.map(\.window) == (9...20).map(DatasetTests.day))
        #expect(builds.map(\.labels.count) == Array(repeating: 1, count: 12))
        // Warm-up, the skipped day, and two days that look back at it.
        #expect(builds.map(\.isCold) == [true, true, true, true, true] + Array(repeating: false, count: 7))
        #expect(builds.filter(\.isReleased).map(\.window) == [DatasetTests.day(9)])
        #expect(builds.filter(\.isSkipped).map(\.window) == [DatasetTests.day(11)])
        #expect(builds.filter { !$0.labelsAnnounced }.map(\.window) == (16...20).map(DatasetTests.day))
    }

    @Test func `the join looks back before the first window, the features do not`() throws {
        var machine = try machine(hash: "new", backfillDays: 2)
        fold(into: &machine)
        let next = machine.next()
        let build = try #require(next)
        #expect(build.window == DatasetTests.day(14) && build.previous == DatasetTests.day(13))
        let history = machine.history(before: build.window)
        #expect(history.map(\.window) == [12, 13].map(DatasetTests.day))
        #expect(history.map(\.isForLabelsOnly) == [true, true])
    }

    @Test func `where slices have been removed it begins after them, and is cold from there`() throws {
        var machine = try machine(hash: "new", backfillDays: 13)
        fold(into: &machine)
        var builds: [TransformMachine.Build] = []
        while let build = machine.next() {
            guard build.window >= DatasetTests.day(12) else {
                #expect(build.mayBeRemoved)
                machine.removed(build.window)
                continue
            }
            builds.append(build)
            machine.published(ready(0, hash: "new").with(build), labels: nil)
        }
        #expect(builds.map(\.window) == (12...20).map(DatasetTests.day))
        #expect(builds.prefix(3).map(\.isCold) == [true, true, false])
        #expect(builds.map(\.mayBeRemoved) == [true] + Array(repeating: false, count: 8))
        // Only the join looks back at what is gone.
        #expect(machine.history(before: DatasetTests.day(13)).allSatisfy { $0.mayBeRemoved == $0.isForLabelsOnly })
    }

    @Test func `a set that was begun needs its slices`() throws {
        var machine = try machine(hash: "old", backfillDays: 3)
        fold(into: &machine)
        #expect(machine.next()?.mayBeRemoved == false)
        #expect(machine.history(before: DatasetTests.day(16)).allSatisfy { !$0.mayBeRemoved })
    }

    @Test func `a skipped window is left out when state is made again, by whichever set it was skipped`() throws {
        var machine = try machine(hash: "new", backfillDays: 3)
        fold(into: &machine)
        // Days 12 to 15 were announced: the join must be right from day 16 on, four days back of which is day 12.
        let history = machine.history(before: DatasetTests.day(13))
        #expect(history.map(\.window) == [DatasetTests.day(12)])
        var original = try self.machine(hash: "old", backfillDays: 3)
        fold(into: &original)
        let again = original.history(before: DatasetTests.day(14))
        #expect(again.map(\.window) == (10...13).map(DatasetTests.day))
        #expect(again.map(\.events.count) == [1, 0, 1, 1])
    }
}

extension DatasetReady {
    fileprivate func with(_ build: TransformMachine.Build) -> DatasetReady {
        var ready = self
        ready.window = build.window
        ready.isSkipped = build.isSkipped
        ready.isCold = build.isCold
        return ready
    }
}
