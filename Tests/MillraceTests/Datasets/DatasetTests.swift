import Foundation
import Testing

import Millrace
@testable import MillraceCore

struct DatasetTests {
    static let columns = [
        Column(name: "tx_id", type: .id), Column(name: "at", type: .time(.iso8601)),
        Column(name: "customer", type: .id), Column(name: "amount", type: .decimal(scale: 2)),
    ]

    static func day(_ index: Int) -> Window {
        Window(holding: Timestamp(microseconds: Int64(index) * 86_400_000_000), size: .seconds(86_400))
    }

    /// Ids `n`, `n+1`, …; customers `c-0`, `c-1`, `7` in turn, each fifth null.
    static func events(day index: Int, rows: Int) -> RowTable {
        var table = RowTable(columns: columns)
        for row in 0..<rows {
            let time = Int64(index) * 86_400_000_000 + Int64(row) * 1_000_000
            table.times.append(time)
            table.values[0].cells.append(UInt64(index * 1000 + row))
            table.values[1].cells.append(UInt64(bitPattern: time))
            table.values[2].append(text: Array((row % 5 == 4 ? "" : ["c-0", "c-1", "7"][row % 3]).utf8)[...])
            table.values[3].cells.append(row % 7 == 6 ? Cell.nullInteger : UInt64(100 * row + 5))
        }
        return table
    }

    static func content(day index: Int, rows: Int) -> DatasetContent {
        DatasetContent(
            window: day(index), featureHash: "0123456789abcdef", featureNames: ["a", "b"],
            features: (0..<rows * 2).map { $0 % 9 == 8 ? .nan : Double($0) + 0.5 },
            events: events(day: index, rows: rows), idColumn: "tx_id", isCold: false, slices: ["t/0/\(index)"])
    }

    static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    @Test func `datasets of several windows load as one table with one code per entity`() throws {
        try Self.withFolder { folder in
            let store = DatasetStore(folder: folder)
            let messages = try [(3, 5), (1, 10), (2, 0)].map { day, rows in
                let content = Self.content(day: day, rows: rows)
                return DatasetReady(
                    window: content.window, featureHash: content.featureHash, rows: rows,
                    features: content.featureNames, folder: "", files: try store.write(content), isCold: false,
                    offsets: [:], slices: [], state: nil, slicesRewindOffset: 0)
            }
            let table = try store.load(messages)
            #expect(table.count == 15)
            #expect(table.windows.map(\.end) == [10, 10, 15])
            #expect(table.features.count == 30)
            #expect(table.features[8].isNaN && table.features[9] == 9.5)
            #expect(table.ids.cells[9] == 1009 && table.ids.cells[10] == 3000)
            let customers = try #require(table.entities["customer"])
            #expect(customers.codes[0] == customers.codes[10])
            #expect(customers.name(customers.codes[0]) == "c-0")
            #expect(customers.name(customers.codes[2]) == "7")
            #expect(customers.codes[4] == -1)
            #expect(customers.valueCount == 3)
            let amounts = try #require(table.numbers["amount"])
            #expect(amounts[1] == 1.05 && amounts[6].isNaN)
            #expect(table.selecting([14, 0]).ids.cells == [3004, 1000])
        }
    }

    @Test func `the same content gives the same bytes, also over a folder that is there`() throws {
        try Self.withFolder { folder in
            let store = DatasetStore(folder: folder)
            let first = try store.write(Self.content(day: 1, rows: 50))
            let second = try store.write(Self.content(day: 1, rows: 50))
            #expect(first == second)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/datasets/0123456789ab").count == 1)
        }
    }

    @Test func `a file that is not what the message names is refused`() throws {
        try Self.withFolder { folder in
            let store = DatasetStore(folder: folder)
            let files = try store.write(Self.content(day: 1, rows: 50))
            let message = DatasetReady(
                window: Self.day(1), featureHash: "0123456789abcdef", rows: 50, features: ["a", "b"], folder: "",
                files: files, isCold: false, offsets: [:], slices: [], state: nil, slicesRewindOffset: 0)
            #expect(try store.load([message]).count == 50)
            let path = "\(folder)/\(files[0].path)"
            var bytes = try DurableFile.read(path)
            bytes[bytes.count - 1] ^= 1
            try DurableFile.write(bytes, to: path)
            #expect(throws: DatasetError.self) { try store.load([message]) }
        }
    }

    /// Found by the fuzzer: the number of values of such a matrix trapped.
    @Test func `a manifest of more rows than any array has is refused, though its checksum is right`() throws {
        try Self.withFolder { folder in
            let store = DatasetStore(folder: folder)
            let files = try store.write(Self.content(day: 1, rows: 50))
            let manifest = try #require(files.last)
            let text = String(decoding: try DurableFile.read("\(folder)/\(manifest.path)"), as: UTF8.self)
            for rows in [Int.max, -50] {
                let wrong = Array(text.replacing("\"rows\" : 50", with: "\"rows\" : \(rows)").utf8)
                try DurableFile.write(wrong, to: "\(folder)/\(manifest.path)")
                let file = FileReference(
                    path: manifest.path, bytes: wrong.count, sha256: Checksum(of: wrong).description)
                let message = DatasetReady(
                    window: Self.day(1), featureHash: "0123456789abcdef", rows: 50, features: ["a", "b"], folder: "",
                    files: files.dropLast() + [file], isCold: false, offsets: [:], slices: [], state: nil,
                    slicesRewindOffset: 0)
                let error = #expect(throws: DatasetError.self) { try store.load([message]) }
                #expect(error?.description.contains("expected \(rows) rows in features.npy") == true)
            }
        }
    }
}
