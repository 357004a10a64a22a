import Millrace
import Testing

private let hour: Int64 = 3_600_000_000

private func seal(_ partition: Int, _ sequence: Int, through: Int64, count: Int) -> SliceSealed {
    let time = Timestamp(microseconds: through)
    return SliceSealed(
        kind: .events, topic: "t", partition: partition, partitionCount: count, sequence: sequence, sealedThrough: time,
        watermark: time, slices: [], firstOffset: 0, nextOffset: 1, late: 0, duplicates: 0, dead: 0, moved: 0,
        idle: nil,
        replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: time, sealedThrough: time),
        ledger: FileReference(path: "l", bytes: 1, sha256: ""))
}

private func window(_ first: Int64) -> Window {
    Window(start: Timestamp(microseconds: first), end: Timestamp(microseconds: first + hour))
}

@Suite("The ledger of slices") struct SliceLedgerTests {
    @Test("an added partition holds up the windows from its first on, and none before")
    func addition() throws {
        var ledger = SliceLedger(events: ["t"], labels: [])
        try ledger.add(seal(0, 0, through: hour, count: 1), offset: 0)
        ledger.add(
            PartitionsChanged(
                topic: "t", oldCount: 1, newCount: 2, firstWindowStart: Timestamp(microseconds: hour)))
        try ledger.add(seal(0, 1, through: 2 * hour, count: 2), offset: 2)
        #expect(ledger.isComplete(window(0)))
        #expect(ledger.firstIncomplete(window(hour)) == "t/1")
        try ledger.add(seal(1, 0, through: 2 * hour, count: 2), offset: 3)
        #expect(ledger.isComplete(window(hour)))
    }

    @Test("read again from behind an announcement, the count of the newest seal holds, not that of the first")
    func announcementPassedOver() throws {
        var ledger = SliceLedger(events: ["t"], labels: [])
        // Whoever sealed partition 1 had looked at the topic before partition 2 was added.
        try ledger.add(seal(1, 4, through: 3 * hour, count: 2), offset: 10)
        try ledger.add(seal(0, 7, through: 3 * hour, count: 3), offset: 11)
        #expect(ledger.firstIncomplete(window(2 * hour)) == "t/2")
        try ledger.add(seal(2, 0, through: 3 * hour, count: 3), offset: 12)
        #expect(ledger.isComplete(window(2 * hour)))
    }
}
