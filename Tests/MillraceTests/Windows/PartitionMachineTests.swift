import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

private let hour: Int64 = 3_600_000_000
private let base: Int64 = 1_522_540_800_000_000

private func settings(
    _ kind: SliceSealed.Kind = .events, size: Int64 = hour, lateness: Int64 = hour / 4, jump: Int64 = 6 * hour,
    unique: Int64? = nil
) -> PartitionMachine.Settings {
    .init(kind: kind, size: size, lateness: lateness, maximumJump: jump, uniqueWithin: unique)
}

private func records(_ minutes: [Double], from offset: Int64 = 0, ids: [UInt64]? = nil) -> [ModelRecord] {
    minutes.enumerated().map { index, minute in
        ModelRecord(
            offset: offset + Int64(index), time: base + Int64(minute * 60_000_000), timestamp: .min,
            id: ids?[index] ?? UInt64(offset) + UInt64(index))
    }
}

@Suite("A partition's machine") struct PartitionMachineTests {
    @Test("seals before the record that pushes the watermark over, and calls late what comes after")
    func sealsBeforeThePushingRecord() throws {
        var model = PartitionModel(settings(), startOffset: 0)
        model.process(records([0, 10, 20, 59, 61, 74, 75, 30, 76])[...])
        #expect(model.durable.seals.map(\.nextOffset) == [4, 6])
        let seal = try #require(model.durable.seals.last)
        #expect(seal.sealedThrough == base + hour)
        #expect(seal.slices.map { $0.rows.map(\.offset) } == [[0, 1, 2, 3]])
        #expect(model.machine.counts.late == 1)
        #expect(model.machine.openWindows.map(\.rows) == [4])
    }

    @Test("lets no lone record from the future move the watermark, and sets it aside after ordinary ones")
    func loneFutureRecordIsDead() {
        var model = PartitionModel(settings(), startOffset: 0)
        model.process(records([0, 1, 2, 3, 1_000_000])[...])
        #expect(model.machine.watermark == base + 180_000_000)
        #expect(model.machine.heldCount == 1)
        model.process(records((0..<40).map { 4 + Double($0) / 10 }, from: 5)[...])
        #expect(model.deadLetters == [4])
        #expect(model.machine.heldCount == 0)
    }

    /// Whatever share of the records comes from the future, and however well they agree with each other.
    @Test("keeps the watermark within the declared jump of the records' own timestamps", arguments: 0..<40)
    func futureIsBounded(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let jump = 6 * hour
        var model = PartitionModel(settings(jump: jump), startOffset: 0)
        let share = Int.random(in: 1...100, using: &random)
        var newest: Int64 = .min
        var ordinary: Int64 = .min
        for batch in 0..<20 {
            let records = (0..<25).map { index -> ModelRecord in
                let now = base + Int64(batch * 25 + index) * 60_000_000
                let isFuture = Int.random(in: 1...100, using: &random) <= share
                // A wrong clock is wrong by the same for all, or by anything.
                let ahead =
                    Bool.random(using: &random) ? 400 * 24 * hour : .random(in: 0...900 * 24 * hour, using: &random)
                newest = max(newest, now)
                if !isFuture { ordinary = max(ordinary, now) }
                return ModelRecord(
                    offset: Int64(batch * 25 + index), time: isFuture ? now + ahead : now, timestamp: now,
                    id: UInt64(batch * 25 + index))
            }
            model.process(records[...])
            #expect((model.machine.watermark ?? .min) <= newest + jump)
        }
        // What is right is not held back by what is wrong.
        if share < 50 { #expect((model.machine.watermark ?? .min) >= ordinary - hour) }
    }

    @Test("does not let a lone first record from 2099 set the watermark")
    func loneFirstRecordDoesNotCount() {
        var model = PartitionModel(settings(), startOffset: 0)
        model.process(records([40_000_000, 0, 1, 2, 3, 4])[...])
        #expect(model.machine.watermark == base + 4 * 60_000_000)
        model.process(records((0..<40).map { 5 + Double($0) / 10 }, from: 6)[...])
        #expect(model.durable.deadLetters + model.deadLetters == [0])
    }

    @Test("follows a jump that three further records confirm, and loses none of them")
    func confirmedJump() {
        var model = PartitionModel(settings(), startOffset: 0)
        let later = 14.0 * 24 * 60
        model.process(records([0, 1, 2, 3, later, later + 1, later + 2])[...])
        #expect(model.machine.heldCount == 3)
        model.process(records([later + 3, later + 4], from: 7)[...])
        #expect(model.machine.heldCount == 0)
        #expect(model.machine.openWindows.map(\.rows) == [5])
        #expect(model.machine.counts.late == 0)
        #expect(model.durable.seals.last?.slices.map { $0.rows.count } == [4])
    }

    @Test("believes a sane record timestamp: a time far beyond it is dead at once")
    func recordTimestampBounds() {
        var model = PartitionModel(settings(), startOffset: 0)
        var batch = records([0, 1, 2, 3, 600])
        for index in batch.indices { batch[index].timestamp = base + 300_000_000 }
        model.process(batch[...])
        #expect(model.deadLetters == [4])
    }

    @Test("seals more windows than one message holds in parts, at one position, and goes on after a crash between them")
    func parts() throws {
        var limited = settings(size: hour / 60, lateness: 50 * hour)
        limited.windowsPerSeal = 1000
        let stream = records((0..<3000).map { Double($0) })
        let more = records([3001, 3002], from: 3000)
        var model = PartitionModel(limited, startOffset: 0)
        model.process(stream[...])
        // Seals of windows from before the first record: they are empty.
        let before = model.durable.seals.count
        model.sealIdle(through: base + 50 * hour, position: 3000)
        let parts = model.durable.seals.dropFirst(before)
        #expect(parts.map { $0.slices.count } == [1000, 1000, 1000])
        #expect(parts.map(\.isContinued) == [true, true, false])
        #expect(parts.map(\.nextOffset) == [3000, 3000, 3000])
        #expect(parts.dropFirst().allSatisfy { $0.firstOffset == 3000 && $0.ledger.isEmpty })

        var other = model
        other.crash(losingParts: 1)
        #expect(other.durable.seals.count == before + 2)
        other.process(stream[Int(other.machine.nextOffset)...])
        other.sealIdle(through: base + 50 * hour, position: 3000)
        #expect(other.diverged == nil)
        let areEqual = other.durable.seals == model.durable.seals
        #expect(areEqual)
        other.process(more[...])
        model.process(more[...])
        #expect(other.open == model.open)
    }

    @Test("the largest seal that is made finds room in a message")
    func largestSeal() throws {
        let topic = String(repeating: "t", count: 249)
        let limit = settings().windowsPerSeal
        let files = (0..<limit).map { index in
            FileReference(
                path: "slices/\(topic)/1000/20180401T000000Z-0123456789abcdef.slice", bytes: 1 << 40,
                sha256: Checksum(of: "\(index)").description)
        }
        let seal = Seal(
            sequence: 1 << 40, sealedThrough: base, watermark: base + 1,
            windows: files.map { _ in (base + 1, 1 << 40) },
            firstOffset: 1 << 50, nextOffset: 1 << 51, counts: SealCounts(), isIdle: true, through: base + hour,
            replay: .init(offset: 1 << 50, watermark: base + 1, sealedThrough: base), openOffset: 1 << 50,
            ledger: [], isRecorded: false)
        let message = seal.message(
            SliceOrigin(kind: .events, topic: topic, partition: 1000), partitionCount: 2000, size: hour, files: files,
            ledger: files[0])
        #expect(throws: Never.self) { try MessageCodec.encode(message, pipeline: "p", from: "/p", to: .slices) }
    }

    @Test("sets times outside the years 1970 to 2199 aside, and does not believe such timestamps")
    func timesOutOfRange() {
        var model = PartitionModel(settings(), startOffset: 0)
        var batch = records([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
        batch[4].time = -1
        batch[5].time = .min
        batch[6].time = 7_258_118_400_000_000
        batch[7].time = .max
        batch[8].timestamp = .max
        batch[9].timestamp = -1_000
        model.process(batch[...])
        #expect(model.deadLetters == [4, 5, 6, 7])
        #expect(model.machine.openWindows.map(\.rows) == [6])
        #expect(model.machine.counts.dead == 4)
    }

    @Test("takes any 64 bits for a time and a timestamp without a trap, and seals nothing beyond the calendar")
    func anyTimes() {
        let edges: [Int64] = [
            .min, .min + 1, -1, 0, 1, base, 7_258_118_399_999_999, 7_258_118_400_000_000, .max / 1000, .max - 1, .max,
        ]
        var random = SeededGenerator(seed: 5)
        for kind in [SliceSealed.Kind.events, .labels] {
            for span in [hour, 36_600 * 24 * hour] {
                var model = PartitionModel(
                    settings(kind, lateness: span, jump: span, unique: hour), startOffset: 0)
                let batch = (0..<4000).map { index in
                    func any() -> Int64 {
                        Bool.random(using: &random)
                            ? edges.randomElement(using: &random)! : .random(in: .min ... .max, using: &random)
                    }
                    return ModelRecord(offset: Int64(index), time: any(), timestamp: any(), id: UInt64(index))
                }
                for start in stride(from: 0, to: batch.count, by: 100) { model.process(batch[start..<start + 100]) }
                model.sealIdle(through: PartitionMachine.times.upperBound, position: 5000)
                for seal in model.durable.seals {
                    let text = Timestamp(microseconds: seal.sealedThrough).description
                    #expect(Timestamp(rfc3339: text)?.microseconds == seal.sealedThrough)
                }
                #expect(!model.durable.seals.isEmpty)
            }
        }
    }

    @Test("drops an id seen within the span, and takes it again after it")
    func duplicates() {
        var model = PartitionModel(settings(size: 1000 * hour, unique: hour), startOffset: 0)
        model.process(records([0, 1, 2, 3, 4, 64, 64.5, 130], ids: [1, 2, 3, 4, 1, 5, 4, 1])[...])
        #expect(model.machine.counts.duplicates == 1, "4 is seen at 3 and again when the watermark is 64")
        #expect(model.machine.openWindows.map(\.rows) == [7])
    }

    @Test("a repetition behind a gap longer than the span is one for a successor as well")
    func repetitionBehindAGap() {
        var model = PartitionModel(settings(unique: 2 * hour), startOffset: 0)
        // The fifth repeats the fourth, since the watermark was still in the first hour. The seal before the seventh
        // leaves its window open.
        let log = records([0, 1, 2, 3, 303, 306, 316, 376], ids: [1, 2, 3, 4, 4, 5, 6, 7])
        var undisturbed = model
        undisturbed.process(log[...])
        for index in log.indices {
            model.process(log[index...index])
            model.crash()
            let next = model.machine.nextOffset
            model.process(log.filter { $0.offset >= next && $0.offset <= log[index].offset }[...])
        }
        #expect(model.diverged == nil)
        #expect(model.durable.seals == undisturbed.durable.seals)
        #expect(undisturbed.durable.seals.flatMap(\.slices).flatMap(\.rows).map(\.offset) == [0, 1, 2, 3, 5, 6])
    }

    @Test("calls no record without an id a repeat")
    func noIDs() {
        let none = RecordDecoder.noID
        var model = PartitionModel(settings(size: 1000 * hour, unique: hour), startOffset: 0)
        model.process(records([0, 1, 2, 3, 4, 5, 6, 5.5], ids: [none, 2, none, none, 2, none, none, none])[...])
        #expect(model.machine.counts.duplicates == 1)
        #expect(model.machine.openWindows.map(\.rows) == [7])
    }

    @Test("never calls a label late: it joins the oldest open window and is known from its start")
    func labelsAreNeverLate() {
        var model = PartitionModel(settings(.labels), startOffset: 0)
        model.process(records([0, 1, 2, 3, 80, 5, 200])[...])
        #expect(model.durable.seals.flatMap { $0.slices.flatMap { $0.rows.map(\.offset) } } == [0, 1, 2, 3, 4, 5])
        #expect(model.durable.seals.last?.counts.moved == 1)
        #expect(model.durable.seals.last?.slices.last?.rows.last?.time == base + hour)
    }

    @Test("obeys an idle seal, and after it compares times with what it sealed")
    func idleSeal() {
        var model = PartitionModel(settings(), startOffset: 0)
        model.process(records([0, 1, 2, 3])[...])
        model.sealIdle(through: base + 48 * hour, position: 5)
        #expect(model.durable.seals.last?.isIdle == true)
        #expect(model.durable.seals.last?.nextOffset == 5)
        model.process(records([48 * 60 + 1, 10], from: 5)[...])
        #expect(model.machine.heldCount == 0)
        #expect(model.machine.counts.late == 1)
        #expect(model.machine.watermark == base + 48 * hour + 60_000_000)
    }

    @Test("says so when reading again no longer gives what is recorded")
    func divergence() {
        var model = PartitionModel(settings(), startOffset: 0)
        let stream = records((0..<400).map { Double($0) * 3 })
        model.process(stream[..<200])
        var other = PartitionModel(settings(size: 2 * hour), startOffset: 0, durable: model.durable)
        other.process(stream[Int(other.machine.nextOffset)...])
        #expect(other.diverged != nil)
    }
}
