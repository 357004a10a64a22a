import Foundation
import Millrace
import Testing

private let hour: Int64 = 3_600_000_000

private func seal(
    _ partition: Int, _ sequence: Int, through: Int64, next: Int64, rewind: Int64, idle: Bool = false, count: Int = 2,
    replayThrough: Int64? = nil
) -> SliceSealed {
    let time = Timestamp(microseconds: through)
    return SliceSealed(
        kind: .events, topic: "t", partition: partition, partitionCount: count, sequence: sequence, sealedThrough: time,
        watermark: time, slices: [], firstOffset: 0, nextOffset: next, late: 0, duplicates: 0, dead: 0, moved: 0,
        idle: idle ? .init(cause: "end-of-partition", position: next) : nil,
        replay: .init(
            rewindOffset: rewind, snapshotOffset: rewind, watermark: Timestamp(microseconds: replayThrough ?? through),
            sealedThrough: Timestamp(microseconds: replayThrough ?? through)),
        ledger: FileReference(path: "l", bytes: 1, sha256: ""))
}

@Suite("The journal of seals") struct SliceJournalTests {
    private let settings = PartitionMachine.Settings(
        kind: .events, size: hour, lateness: 0, maximumJump: 100 * hour)

    @Test("the first message of a sequence counts, and the last sequence is where a successor stands")
    func lastSealWins() {
        var journal = SliceJournal()
        journal.fold(seal(0, 0, through: hour, next: 10, rewind: 5))
        journal.fold(seal(0, 1, through: 2 * hour, next: 20, rewind: 15))
        journal.fold(seal(0, 1, through: 9 * hour, next: 99, rewind: 99))
        let machine = journal.machine(settings, of: .init("t", 0), committed: nil)
        #expect(machine?.nextOffset == 15)
        #expect(machine?.sequence == 2)
        #expect(machine?.isReplaying == true)
        #expect(journal.machine(settings, of: .init("t", 1), committed: nil) == nil)
    }

    @Test("an idle seal is obeyed at its position by whoever reads again, even at the end of the log")
    func idleIsObeyed() {
        var journal = SliceJournal()
        journal.fold(seal(0, 0, through: hour, next: 10, rewind: 5))
        journal.fold(seal(0, 1, through: 3 * hour, next: 12, rewind: 10, idle: true, replayThrough: hour))
        var machine = journal.machine(settings, of: .init("t", 0), committed: nil)!
        #expect(machine.isReplaying)
        var steps: [MachineStep] = []
        machine.obeyRecordedIdle(through: 12, into: &steps)
        #expect(machine.sealedThrough == 3 * hour)
        #expect(!machine.isReplaying)
        #expect(machine.sequence == 2)
    }

    @Test("only who has a partition that is known holds windows up, or one of a topic that has not sealed")
    func holdsUpWindows() {
        var journal = SliceJournal()
        journal.fold(seal(0, 0, through: hour, next: 10, rewind: 5, count: 2))
        #expect(journal.holdsUpWindows([.init("t", 2), .init("t", 1)]))
        #expect(!journal.holdsUpWindows([.init("t", 2), .init("t", 3)]))
        #expect(!journal.holdsUpWindows([]))
        #expect(journal.holdsUpWindows([.init("labels", 5)]))
    }

    @Test("partitions that are added begin with the recorded window, and the first record of it wins")
    func additions() throws {
        var journal = SliceJournal()
        journal.fold(seal(0, 0, through: hour, next: 10, rewind: 5, count: 2))
        for start in [5 * hour, 7 * hour] {
            let change = PartitionsChanged(
                topic: "t", oldCount: 2, newCount: 4, firstWindowStart: Timestamp(microseconds: start))
            let record = try MessageCodec.encode(change, pipeline: "p", from: "/x", to: .slices)
            try journal.fold(MessageCodec.decode(headers: record.headers, value: record.value))
        }
        #expect(journal.counts["t"] == 4)
        #expect(journal.firstWindow(of: .init("t", 3)) == 5 * hour)
        #expect(journal.isAddition(.init("t", 2)) && !journal.isAddition(.init("t", 1)))
    }

    @Test("the note beside a commit says what it was given, and no other text is one")
    func notes() {
        let notes = [
            ResumeNote(sequence: nil, snapshot: .init(offset: 0)),
            ResumeNote(sequence: 7, snapshot: .init(offset: 12, watermark: -5, sealedThrough: 99)),
        ]
        for note in notes { #expect(ResumeNote(note.text) == note) }
        for text in ["", "millrace1", "millrace2 rewind=1", "millrace1 rewind=x", "rewind=3", "millrace1 rewind=-1"] {
            #expect(ResumeNote(text) == nil)
        }
    }
}

@Suite("The guard against unreadable input") struct DeadLetterGuardTests {
    @Test("stops at more than the share, judges the same records again, and lets a few bad ones pass")
    func shares() {
        var settings = DeadLetterSettings()
        settings.stopShare = 0.5
        settings.stopMinimum = 100
        var judge = DeadLetterGuard(settings)
        #expect(judge.judge(unreadable: 400, of: 1000) == .go)
        #expect(judge.judge(unreadable: 501, of: 1000) == .stop(unreadable: 501, of: 1000))
        #expect(judge.judge(unreadable: 501, of: 1000) == .stop(unreadable: 501, of: 1000))
        #expect(judge.judge(unreadable: 500, of: 1000) == .go)
    }

    @Test("records of a slow topic add up until there are enough to judge")
    func slowTopics() {
        var judge = DeadLetterGuard(DeadLetterSettings())
        for _ in 0..<99 { #expect(judge.judge(unreadable: 1, of: 1) == .go) }
        #expect(judge.judge(unreadable: 1, of: 1) == .stop(unreadable: 100, of: 100))
    }
}

@Suite("Open windows beyond the memory budget") struct SwapTests {
    @Test("leave memory and come back with the next row: the file is the same")
    func swapping() throws {
        var random = SeededGenerator(seed: 11)
        let window = Window(start: .init(microseconds: 0), end: .init(microseconds: hour))
        let columns = [Column(name: "id", type: .id), Column(name: "time", type: .integer)]
        let records = (0..<20_000).map {
            ModelRecord(offset: Int64($0), time: Int64($0) * 7, timestamp: .min, id: UInt64($0))
        }
        let source = ModelRows(records)
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "millrace-swap-\(UInt64.random(in: .min ... .max))"
        ).path
        try DurableFile.createFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func write(swapping: Bool) throws -> String {
            let builder = SliceBuilder(window: window, columns: columns)
            let writer = try SliceFileWriter(folder: folder, window: window)
            var row = 0
            while row < records.count {
                let end = min(records.count, row + .random(in: 1...900, using: &random))
                try builder.append(source, rows: row..<end, firstOffset: Int64(row))
                for chunk in builder.takeFinished() { try writer.write(chunk) }
                if swapping, Bool.random(using: &random) {
                    try builder.swapOut(to: "\(folder)/a")
                    #expect(builder.swappableBytes == 0)
                }
                row = end
            }
            let (chunks, footer) = try builder.finish(
                SliceOrigin(kind: .events, topic: "t", partition: 0), timeColumn: 1)
            for chunk in chunks { try writer.write(chunk) }
            return try writer.commit(footer).sha256
        }
        #expect(try write(swapping: false) == write(swapping: true))
    }

    @Test("rows put out of memory that were changed or removed are an error, not other rows", arguments: [true, false])
    func swapIsChecked(removing: Bool) throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "millrace-swap-\(UInt64.random(in: .min ... .max))"
        ).path
        try DurableFile.createFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let window = Window(start: .init(microseconds: 0), end: .init(microseconds: hour))
        let source = ModelRows((0..<50).map { ModelRecord(offset: $0, time: $0, timestamp: .min, id: UInt64($0)) })
        let builder = SliceBuilder(
            window: window, columns: [Column(name: "id", type: .id), Column(name: "time", type: .integer)])
        try builder.append(source, rows: 0..<40, firstOffset: 0)
        try builder.swapOut(to: "\(folder)/a")
        if removing {
            try DurableFile.remove("\(folder)/a")
        } else {
            var bytes = try DurableFile.read("\(folder)/a")
            bytes[7] ^= 1
            try DurableFile.write(bytes, to: "\(folder)/a")
        }
        #expect(throws: (any Error).self) { try builder.append(source, rows: 40..<50, firstOffset: 40) }
        #expect(throws: (any Error).self) {
            try builder.finish(SliceOrigin(kind: .events, topic: "t", partition: 0), timeColumn: 1)
        }
    }
}
