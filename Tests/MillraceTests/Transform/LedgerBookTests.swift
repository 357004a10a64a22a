import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite struct LedgerBookTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "ledgers-\(UUID().uuidString)").path

    private func window(_ index: Int) -> Window {
        let start = Timestamp(rfc3339: "2018-04-01T00:00:00Z")! + .seconds(3600 * index)
        return Window(start: start, end: start + .seconds(3600))
    }

    /// A seal of windows, and the ledger that it names.
    private func seal(
        _ sequence: Int, _ rows: [Int: Int], first: Int64, _ runs: [Ledger.Run], lost: Range<Int64>? = nil
    ) throws -> SliceSealed {
        let ledger = Ledger(topic: "t", partition: 0, sequence: sequence, firstOffset: first, runs: runs)
        let bytes = ledger.encoded()
        try DurableFile.createFolder(folder)
        try DurableFile.write(bytes, to: "\(folder)/\(sequence).ledger")
        return SliceSealed(
            kind: .events, topic: "t", partition: 0, partitionCount: 1, sequence: sequence,
            sealedThrough: window(sequence).end, watermark: nil,
            slices: rows.sorted { $0.key < $1.key }.map {
                .init(
                    window: window($0.key), rows: $0.value,
                    file: FileReference(path: "\($0.key).slice", bytes: 0, sha256: ""))
            }, firstOffset: first, nextOffset: ledger.nextOffset, late: 0, duplicates: 0, dead: 0, moved: 0, idle: nil,
            replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil),
            ledger: FileReference(
                path: "\(sequence).ledger", bytes: bytes.count, sha256: Checksum(of: bytes).description),
            lost: lost.map {
                LostRecords(topic: "t", partition: 0, firstOffset: $0.lowerBound, lastOffset: $0.upperBound - 1)
            })
    }

    private func shares(_ seals: [SliceSealed]) -> [SliceLedger.Share] {
        seals.flatMap { seal in
            seal.slices.map {
                .init(kind: .events, topic: "t", partition: 0, sequence: seal.sequence, slice: $0, nextOffset: 0)
            }
        }
    }

    private func rows(_ window: Int, _ count: Int) -> Ledger.Run {
        .init(outcome: .row, window: self.window(window), count: count)
    }

    @Test("the offsets of a slice's rows are found in the ledgers before its seal, and no further back than needed")
    func offsets() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seals = try [
            seal(0, [0: 5], first: 0, [rows(0, 5)]),
            seal(1, [1: 3], first: 5, [rows(1, 3), .init(outcome: .late, count: 1), rows(2, 2)]),
            seal(2, [2: 6], first: 11, [rows(2, 1), rows(3, 2), rows(2, 3)]),
        ]
        var book = LedgerBook()
        for seal in seals { book.add(seal) }
        // The first of a sequence wins.
        var other = seals[2]
        other.ledger.path = "nowhere"
        book.add(other)
        try DurableFile.write([1], to: "\(folder)/0.ledger")
        let found = try book.offsets(of: shares([seals[1], seals[2]]), folder: folder)
        #expect(found == [window(1): [5..<8], window(2): [9..<11, 11..<12, 14..<17]])
        #expect(shares(seals).allSatisfy(book.knows))

        // One that it must read, and that is another by now.
        let error = #expect(throws: FileError.self) { try book.offsets(of: shares([seals[0]]), folder: folder) }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("0.ledger: expected") == true)
        // More rows than any ledger names.
        var more = shares([seals[2]])
        more[0].slice.rows = 7
        try DurableFile.remove("\(folder)/0.ledger")
        #expect(throws: (any Error).self) { try book.offsets(of: more, folder: folder) }
    }

    @Test("rows that were gone when their window was made again after a loss are no rows of its slice")
    func losses() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let seals = try [
            seal(0, [0: 4], first: 0, [rows(0, 4), rows(1, 6)]),
            // Of window 1, offsets 4 to 7 were gone when it was made again; of window 0 they had been sealed before.
            seal(1, [1: 5], first: 10, [.init(outcome: .lost, count: 2), rows(1, 3)], lost: 2..<8),
        ]
        var book = LedgerBook()
        for seal in seals { book.add(seal) }
        let found = try book.offsets(of: shares(seals), folder: folder)
        #expect(found == [window(0): [0..<4], window(1): [8..<10, 12..<15]])
    }
}
