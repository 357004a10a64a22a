import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

private func day(_ index: Int) -> Window {
    let start = Timestamp(rfc3339: "2018-04-01T00:00:00Z")! + .seconds(86_400 * index)
    return Window(start: start, end: start + .seconds(86_400))
}

private let reference = FileReference(path: "f", bytes: 1, sha256: "00")

/// A seal through the end of day `through`, with rows in `days`.
private func seal(
    _ topic: String, _ partition: Int, _ sequence: Int, through: Int, days: [Int], of count: Int = 2
) -> SliceSealed {
    SliceSealed(
        kind: topic == "labels" ? .labels : .events, topic: topic, partition: partition, partitionCount: count,
        sequence: sequence, sealedThrough: day(through).end, watermark: day(through).end,
        slices: days.map { .init(window: day($0), rows: 1, file: reference) }, firstOffset: Int64(sequence * 10),
        nextOffset: Int64(sequence * 10 + 10), late: 0, duplicates: 0, dead: 0, moved: 0, idle: nil,
        replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil), ledger: reference)
}

private func next(_ machine: inout TransformMachine) throws -> TransformMachine.Build {
    let build = machine.next()
    return try #require(build)
}

private func expectNothing(_ machine: inout TransformMachine) {
    let build = machine.next()
    #expect(build == nil)
}

private func ready(_ build: TransformMachine.Build, rewind: Int64 = 0) -> DatasetReady {
    DatasetReady(
        window: build.window, featureHash: "h", rows: 1, features: ["a"], folder: "d", files: [],
        isCold: build.isCold, isSkipped: build.isSkipped, offsets: build.offsets, slices: [], state: nil,
        slicesRewindOffset: rewind)
}

@Suite struct TransformMachineTests {
    let settings = TransformMachine.Settings(
        featureHash: "h", windowSize: .seconds(86_400), reach: .seconds(2 * 86_400), warmUp: .seconds(2 * 86_400),
        memory: .seconds(3 * 86_400), eventTopics: ["events"], labelTopics: ["labels"])

    @Test("a window that may lack records says which, and no other does")
    func losses() throws {
        var machine = TransformMachine(settings: settings)
        let lost = LostRecords(topic: "events", partition: 1, firstOffset: 12, lastOffset: 19)
        var offset: Int64 = 0
        func receive(_ seal: SliceSealed) throws {
            try machine.receive(seal, offset: offset)
            offset += 1
        }
        for index in 0..<6 {
            try receive(seal("events", 0, index, through: index, days: [index]))
            try receive(seal("labels", 0, index, through: index, days: [], of: 1))
        }
        for index in 0..<2 { try receive(seal("events", 1, index, through: index, days: [index])) }
        // Days 2 and 3 were open when records were missed; the first that was there is of day 4.
        var after = seal("events", 1, 2, through: 3, days: [3])
        after.lost = lost
        after.watermark = day(4).start + .seconds(3600)
        try receive(after)
        try receive(seal("events", 1, 3, through: 5, days: [4, 5]))
        var found: [[LostRecords]] = []
        while let build = machine.next() {
            found.append(build.lost)
            machine.published(ready(build), labels: nil)
        }
        #expect(found == [[], [], [lost], [lost], [lost], []])
        #expect("\(lost)" == "events/1: offsets 12 to 19")
    }

    @Test("datasets are made again with all that their features look back at, and labels of further windows")
    func rebuild() throws {
        var machine = try machine(days: 12)
        var announced: [DatasetReady] = []
        while let build = machine.next() {
            announced.append(ready(build))
            machine.fold(announced[announced.count - 1])
            machine.published(announced[announced.count - 1], labels: nil)
        }
        // One that has folded and received all, as from the log.
        var whole = try self.machine(days: 12)
        for dataset in announced { whole.fold(dataset) }
        let rebuild = whole.rebuild(
            announced, within: Window(start: day(6).start, end: day(8).end), labels: [day(3), day(7), day(10)])
        #expect(rebuild.datasets.map(\.window) == [day(6), day(7), day(8)])
        #expect(rebuild.history.map(\.window) == [day(3), day(4), day(5)])
        #expect(rebuild.labels.map(\.window) == [day(3), day(10)])
        #expect(rebuild.datasets.allSatisfy { $0.events.count == 2 && $0.labels.count == 1 && !$0.isCold })
        // Events of what is looked back at and of what is made, labels of all; all of one file here.
        #expect(rebuild.shares.count == 1)
        // From the stream's first window on, nothing is looked back at, and what was cold is.
        let first = whole.rebuild(announced, within: Window(start: day(0).start, end: day(0).end), labels: [])
        #expect(first.history == [])
        #expect(first.datasets.map(\.isCold) == [true])
        #expect(first.datasets.map(\.previous) == [nil])
        let found = rebuild.reading(["f": FileReference(path: "g", bytes: 2, sha256: "11")])
        #expect(Set((found.history + found.datasets).flatMap { $0.events + $0.labels }.map(\.slice.file.path)) == ["g"])
    }

    /// Two event partitions and one label partition, with `count` days sealed.
    private func machine(days count: Int, labelDays: Int? = nil) throws -> TransformMachine {
        var machine = TransformMachine(settings: settings)
        var offset: Int64 = 0
        for index in 0..<count {
            for partition in 0..<2 {
                try machine.receive(
                    seal("events", partition, index, through: index, days: [index]), offset: offset)
                offset += 1
            }
            if index < labelDays ?? count {
                try machine.receive(seal("labels", 0, index, through: index, days: [index], of: 1), offset: offset)
                offset += 1
            }
        }
        return machine
    }

    @Test func aWindowWaitsForEveryPartitionOfEverySource() throws {
        var machine = TransformMachine(settings: settings)
        expectNothing(&machine)
        try machine.receive(seal("events", 0, 0, through: 0, days: [0]), offset: 0)
        try machine.receive(seal("labels", 0, 0, through: 0, days: [], of: 1), offset: 1)
        expectNothing(&machine)
        #expect(machine.condition == .waiting(for: "events/1", window: day(0)))
        try machine.receive(seal("events", 1, 0, through: 0, days: []), offset: 2)
        let build = try next(&machine)
        #expect(build.window == day(0))
        #expect(build.events.map(\.name) == ["events/0/0"])
    }

    @Test func windowsComeInOrderAndNoneIsLeftOut() throws {
        var machine = try machine(days: 2)
        // A jump: nobody has rows on days 2 and 3.
        for partition in 0..<2 {
            try machine.receive(seal("events", partition, 2, through: 4, days: [4]), offset: Int64(10 + partition))
        }
        try machine.receive(seal("labels", 0, 2, through: 4, days: [], of: 1), offset: 12)
        var windows: [Window] = []
        while let build = machine.next() {
            windows.append(build.window)
            machine.published(ready(build), labels: nil)
        }
        #expect(windows == (0...4).map(day))
    }

    @Test func theFirstWindowIsTheEarliestWithEventsOfAnyPartition() throws {
        var machine = TransformMachine(settings: settings)
        try machine.receive(seal("events", 0, 0, through: 5, days: [5]), offset: 0)
        try machine.receive(seal("labels", 0, 0, through: 5, days: [1], of: 1), offset: 1)
        try machine.receive(seal("events", 1, 0, through: 3, days: [3]), offset: 2)
        let build = try next(&machine)
        #expect(build.window == day(3))
        // Labels from before the first window arrive with it.
        #expect(build.labels.map(\.slice.window) == [day(1)])
    }

    @Test func theSameSealTwiceIsOneSealAndAGapIsRefused() throws {
        var machine = try machine(days: 1)
        try machine.receive(seal("events", 0, 0, through: 0, days: [0]), offset: 99)
        let build = try next(&machine)
        #expect(build.events.count == 2)
        #expect(throws: MessageError.self) {
            try machine.receive(seal("events", 0, 5, through: 3, days: []), offset: 100)
        }
    }

    @Test func windowsNearTheStartAreCold() throws {
        var machine = try machine(days: 4)
        var cold: [Bool] = []
        while let build = machine.next() {
            cold.append(build.isCold)
            machine.published(ready(build), labels: nil)
        }
        #expect(cold == [true, true, false, false])
    }

    @Test func aQuarantinedWindowHoldsLaterOnesBackUntilItIsReleasedOrSkipped() throws {
        for isSkip in [false, true] {
            var machine = try machine(days: 6)
            for _ in 0..<3 {
                let build = try next(&machine)
                machine.published(ready(build), labels: nil)
            }
            let bad = try next(&machine)
            machine.published(
                DatasetQuarantined(window: bad.window, featureHash: "h", rows: 2, violations: []))
            expectNothing(&machine)
            #expect(machine.condition == .quarantined(day(3)))
            #expect(throws: MessageError.self) {
                try machine.receive(QuarantineRelease(window: day(4), requester: "me", reason: ""))
            }
            if isSkip {
                try machine.receive(QuarantineSkip(window: day(3), requester: "me", reason: ""))
            } else {
                try machine.receive(QuarantineRelease(window: day(3), requester: "me", reason: ""))
            }
            let again = try next(&machine)
            #expect(again.isSkipped == isSkip && again.isReleased == !isSkip)
            #expect(again.events.isEmpty == isSkip)
            machine.published(ready(again), labels: nil)
            // Features look two days back: both following windows are incomplete after a skip.
            let following = try next(&machine)
            #expect(following.isCold == isSkip)
        }
    }

    @Test func aMachineThatFoldsItsOutputGoesOnWhereItStopped() throws {
        var whole = try machine(days: 8)
        var published: [DatasetReady] = []
        while let build = whole.next() {
            let message = ready(build, rewind: whole.rewindOffset(after: build.window))
            published.append(message)
            whole.published(message, labels: nil)
        }
        for crash in 0...published.count {
            var successor = TransformMachine(settings: settings)
            for message in published.prefix(crash) { successor.fold(message) }
            // `slices` is read again only from where the last dataset says.
            var offset: Int64 = 0
            func replay(_ seal: SliceSealed) throws {
                if offset >= successor.slicesOffset { try successor.receive(seal, offset: offset) }
                offset += 1
            }
            for index in 0..<8 {
                for partition in 0..<2 {
                    try replay(seal("events", partition, index, through: index, days: [index]))
                }
                try replay(seal("labels", 0, index, through: index, days: [index], of: 1))
            }
            if let next = successor.next() {
                #expect(successor.history(before: next.window).map(\.window) == (max(0, crash - 3)..<crash).map(day))
                #expect(successor.history(before: next.window).allSatisfy { $0.events.count == 2 })
                successor.failed()
            }
            var rest: [DatasetReady] = []
            while let build = successor.next() {
                let message = ready(build, rewind: successor.rewindOffset(after: build.window))
                rest.append(message)
                successor.published(message, labels: nil)
            }
            #expect(rest.map(\.window) == published.dropFirst(crash).map(\.window))
            #expect(rest.map(\.isCold) == published.dropFirst(crash).map(\.isCold))
            #expect(rest.map(\.offsets) == published.dropFirst(crash).map(\.offsets))
        }
    }

    @Test func anotherFeatureSetBeginsAgainFromTheSlices() throws {
        var machine = TransformMachine(settings: settings)
        var old = ready(
            .init(
                window: day(0), events: [], labels: [], isCold: false, isReleased: false, isSkipped: false,
                offsets: [:],
                previous: nil, labelsAnnounced: false))
        old.featureHash = "other"
        machine.fold(old)
        #expect(machine.slicesOffset == 0)
        try machine.receive(seal("events", 0, 0, through: 0, days: [0], of: 1), offset: 0)
        try machine.receive(seal("labels", 0, 0, through: 0, days: [], of: 1), offset: 1)
        let build = try next(&machine)
        #expect(build.window == day(0))
    }
}

@Suite struct LabelMatcherTests {
    private func labels(_ rows: [(event: UInt64, value: Int64)], at window: Window) -> RowTable {
        let known = window.start.microseconds
        return RowTable(
            columns: LabelSource.sliceColumns, times: rows.map { _ in known },
            values: [
                CellColumn(cells: rows.map(\.event)), CellColumn(cells: rows.map { _ in UInt64(known) }),
                CellColumn(cells: rows.map { _ in UInt64(known) }),
                CellColumn(cells: rows.map { UInt64(bitPattern: $0.value) }),
            ])
    }

    @Test func labelsAreMatchedWhetherTheyComeBeforeOrAfterTheirEvent() {
        var matcher = LabelMatcher(horizon: .seconds(3 * 86_400))
        _ = matcher.add(window: day(0), events: CellColumn(cells: [1, 2]), labels: labels([(9, 1)], at: day(0)))
        #expect(matcher.matchRate == 0)
        let second = matcher.add(
            window: day(1), events: CellColumn(cells: [9]), labels: labels([(1, 1), (1, 0), (2, -1)], at: day(1)))
        #expect(matcher.matchRate == 1)
        #expect(second.positives == 1 && second.negatives == 1 && second.withdrawn == 1 && second.changed == 1)
    }

    @Test func aLabelWithoutItsEventIsCountedAfterTheHorizon() {
        var matcher = LabelMatcher(horizon: .seconds(2 * 86_400))
        _ = matcher.add(window: day(0), events: CellColumn(cells: [1]), labels: labels([(7, 1)], at: day(0)))
        var unmatched: [Int] = []
        for index in 1...3 {
            unmatched.append(
                matcher.add(window: day(index), events: CellColumn(), labels: labels([], at: day(index))).unmatched)
        }
        #expect(unmatched == [0, 1, 0])
    }

    @Test func maturityStandsStillWhenTheFeedIsSilentAndNeverGoesBack() {
        var source = LabelSource(topics: ["l"], eventField: "e", reportedField: "r", valueField: "v")
        source.silentAfter = .seconds(2 * 86_400)
        source.maturity = .seconds(86_400)
        var matcher = LabelMatcher(horizon: source.horizon)
        var previous: LabelsArrived?
        var matured: [Timestamp?] = []
        var silent: [Bool] = []
        for index in 0..<6 {
            let rows = index < 2 || index == 5 ? labels([(1, 1)], at: day(index)) : labels([], at: day(index))
            let arrival = matcher.add(window: day(index), events: CellColumn(cells: [1]), labels: rows)
            let message = LabelsArrived(
                window: day(index), file: nil, arrival: arrival, matcher: matcher, source: source, previous: previous)
            previous = message
            matured.append(message.maturedThrough)
            silent.append(message.isSilent)
        }
        #expect(silent == [false, false, false, true, true, false])
        #expect(matured == [day(0), day(1), day(2), day(2), day(2), day(5)].map(\.start))
    }
}
