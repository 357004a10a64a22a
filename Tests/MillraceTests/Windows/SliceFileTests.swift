import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite("Slice files") struct SliceFileTests {
    private let window = Window(
        start: Timestamp(rfc3339: "2018-04-01T00:00:00Z")!, end: Timestamp(rfc3339: "2018-04-02T00:00:00Z")!)
    private let origin = SliceOrigin(kind: .events, topic: "transactions", partition: 3)
    private let columns = [
        Column(name: "id", type: .id), Column(name: "time", type: .time(.iso8601)), Column(name: "note", type: .text),
        Column(name: "x", type: .float),
    ]

    private func table(_ rows: Int, seed: UInt64 = 1) -> RowTable {
        var random = SeededGenerator(seed: seed)
        var table = RowTable(columns: columns)
        for row in 0..<rows {
            let time = window.start.microseconds + Int64(row) * 1000
            table.times.append(time)
            table.values[0].cells.append(UInt64(row))
            table.values[1].cells.append(UInt64(bitPattern: time))
            if Bool.random(using: &random) {
                table.values[2].cells.append(Cell.nullText)
            } else {
                let text =
                    Array("note \(row) ".utf8) + Array(repeating: 120, count: .random(in: 0...40, using: &random))
                table.values[2].cells.append(Cell.text(offset: table.values[2].heap.count, length: text.count))
                table.values[2].heap += text
            }
            table.values[3].cells.append(Double.random(in: 0..<1, using: &random).bitPattern)
        }
        return table
    }

    private func temporaryFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "slices-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func texts(_ table: RowTable) -> [[String?]] {
        (0..<table.count).map { row in
            [
                table.values[0].text(row), "\(table.times[row])", table.values[2].text(row),
                "\(table.values[3].cells[row])",
            ]
        }
    }

    @Test("give back what was written, by the name of its content", arguments: [0, 1, 8191, 8192, 20_000])
    func roundTrip(rows: Int) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = table(rows)
        let offsets: [Range<Int64>] =
            rows == 0 ? [] : rows < 3 ? [5..<5 + Int64(rows)] : [5..<7, 100..<98 + Int64(rows)]
        let file = try SliceFile.write(
            table, origin: origin, window: window, timeColumn: 1, offsets: offsets, folder: folder)
        #expect(file.path.hasPrefix("slices/transactions/3/20180401T000000Z-\(file.sha256.prefix(16))"))
        let again = try SliceFile.write(
            table, origin: origin, window: window, timeColumn: 1, offsets: offsets, folder: folder)
        #expect(again == file)
        let content = try SliceFile.read(file, folder: folder, columns: columns)
        #expect(content.origin == origin && content.window == window && content.offsets == offsets)
        #expect(texts(content.table) == texts(table))
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(folder)/slices/transactions/3").count == 1)
    }

    @Test("are the same bytes however their rows arrived")
    func sameBytes() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = table(20_000)
        let offsets: [Range<Int64>] = [0..<20_000]
        let expected = try SliceFile.write(
            table, origin: origin, window: window, timeColumn: 1, offsets: offsets, folder: folder)
        var random = SeededGenerator(seed: 3)
        let source = TableRows(table)
        for _ in 0..<3 {
            let builder = SliceBuilder(window: window, columns: columns)
            let writer = try SliceFileWriter(folder: folder, window: window)
            var row = 0
            while row < 20_000 {
                let end = min(20_000, row + .random(in: 1...3000, using: &random))
                try builder.append(source, rows: row..<end, firstOffset: Int64(row))
                for chunk in builder.takeFinished() { try writer.write(chunk) }
                row = end
            }
            let (chunks, footer) = try builder.finish(origin, timeColumn: 1)
            for chunk in chunks { try writer.write(chunk) }
            #expect(try writer.commit(footer).sha256 == expected.sha256)
        }
    }

    @Test("put rows that were held back into the order of their offsets")
    func sorted() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let table = table(10_000)
        let builder = SliceBuilder(window: window, columns: columns)
        let source = TableRows(table)
        try builder.append(source, rows: 0..<5000, firstOffset: 0)
        try builder.append(source, rows: 5001..<10_000, firstOffset: 5001)
        try builder.append(source, rows: 5000..<5001, firstOffset: 5000)
        let writer = try SliceFileWriter(folder: folder, window: window)
        let (chunks, footer) = try builder.finish(origin, timeColumn: 1)
        for chunk in chunks { try writer.write(chunk) }
        let file = try writer.commit(footer)
        let content = try SliceFile.read(file, folder: folder)
        #expect(content.offsets == [0..<10_000])
        #expect(texts(content.table) == texts(table))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder).count == 1)
    }

    @Test("refuse a file that is not the one a message names")
    func refuses() throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = try SliceFile.write(
            table(100), origin: origin, window: window, timeColumn: 1, offsets: [0..<100], folder: folder)
        let path = "\(folder)/\(file.path)"
        var bytes = try DurableFile.read(path)
        bytes[100] ^= 1
        try DurableFile.write(bytes, to: path)
        #expect(throws: FileError.self) { try SliceFile.read(file, folder: folder) }
        bytes[100] ^= 1
        try DurableFile.write(bytes, to: path)
        #expect(throws: SliceFileError.self) { try SliceFile.read(file, folder: folder, columns: [columns[0]]) }
        #expect(throws: FileError.self) {
            try SliceFile.read(FileReference(path: "nowhere", bytes: 1, sha256: ""), folder: folder)
        }
    }

    @Test("any bytes give a slice or an error", arguments: 0..<6)
    func fuzz(seed: Int) throws {
        let folder = try temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var random = SeededGenerator(seed: UInt64(seed))
        let file = try SliceFile.write(
            table(30), origin: origin, window: window, timeColumn: 1, offsets: [0..<10, 20..<40], folder: folder)
        let good = try DurableFile.read("\(folder)/\(file.path)")
        let ledger = Ledger(
            topic: "t", partition: 1, sequence: 2, firstOffset: 10,
            runs: [
                .init(outcome: .row, window: window, count: 5), .init(outcome: .late, count: 3),
                .init(outcome: .row, window: window, count: 700),
            ])
        #expect(try Ledger(decoding: ledger.encoded()) == ledger)
        var accepted = 0
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...3, using: &random) where bytes.count > 30 {
                let at = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes[at] = .random(in: .min ... .max, using: &random)
                case 1: bytes.remove(at: at)
                case 2: bytes.removeLast(bytes.count - at)
                case 3: bytes.removeFirst(at)
                case 4:
                    // A digit of the footer: counts and lengths.
                    if let digit = bytes.indices.last(where: { $0 <= at && (48...57).contains(bytes[$0]) }) {
                        bytes[digit] = .random(in: 48...57, using: &random)
                    }
                default: bytes.insert(contentsOf: bytes[at...].prefix(20), at: at)
                }
            }
            if let content = try? SliceFile.decode(bytes, path: "fuzz") {
                accepted += 1
                _ = texts(content.table)
            }
            var record = ledger.encoded()
            record[Int.random(in: record.indices, using: &random)] ^= 1 << Int.random(in: 0..<8, using: &random)
            #expect(throws: SliceFileError.self) { try Ledger(decoding: record) }
        }
        // Without its checksum a file may be changed in its numbers and still be one.
        #expect(accepted > 0)
    }
}
