import Testing

import Millrace
@testable import MillraceCore

struct LabelBookTests {
    static func labels(_ rows: [(event: String, reported: Int64, known: Int64, value: Int64)]) -> RowTable {
        var table = RowTable(columns: LabelSource.sliceColumns)
        for row in rows {
            table.times.append(row.known)
            table.values[0].append(text: Array(row.event.utf8)[...])
            table.values[1].cells.append(UInt64(bitPattern: row.reported))
            table.values[2].cells.append(UInt64(bitPattern: row.known))
            table.values[3].cells.append(UInt64(bitPattern: row.value))
        }
        return table
    }

    static func table(_ ids: [String]) -> DatasetTable {
        var column = CellColumn()
        for id in ids { column.append(text: Array(id.utf8)[...]) }
        return DatasetTable(featureNames: [], times: ids.map { _ in 0 }, ids: column)
    }

    @Test func `the label reported last wins among those known at the moment asked for`() {
        var book = LabelBook()
        book.add(
            Self.labels([
                ("1", 10, 10, 1), ("2", 10, 12, 0), ("x-9", 10, 10, 1), ("1", 20, 30, 0), ("2", 5, 40, 1),
                ("x-9", 50, 50, -1),
            ]))
        let table = Self.table(["1", "2", "x-9", "4"])
        #expect(book.labels(for: table, asOf: Timestamp(microseconds: 9)).values == [-1, -1, -1, -1])
        let early = book.labels(for: table, asOf: Timestamp(microseconds: 10))
        #expect(early.values == [1, -1, 1, -1])
        #expect(early.known == [10, .max, 10, .max])
        #expect(early.positives == 2)
        // The second label of 2 became known later, but was reported earlier.
        #expect(book.labels(for: table, asOf: Timestamp(microseconds: 45)).values == [0, 0, 1, -1])
        #expect(book.labels(for: table, asOf: Timestamp(microseconds: 50)).values == [0, 0, -1, -1])
    }

    @Test func `label files give back what was written, and leave out what was not known yet`() throws {
        try DatasetTests.withFolder { folder in
            let window = DatasetTests.day(0)
            let file = try LabelFile.write(
                Self.labels([("1", 10, 10, 1), ("x-9", -5, 20, -1), ("3", 1, 30, 0)]), window: window, folder: folder)
            let message = LabelsArrived(
                window: window, file: file, labels: 3, positives: 1, negatives: 1, withdrawn: 1, changed: 0,
                unmatched: 0, matchRate: nil, maturedThrough: nil, lastKnown: nil, isSilent: false)
            let book = try LabelBook([message], folder: folder)
            #expect(book.count == 3)
            let labels = book.labels(for: Self.table(["1", "x-9", "3"]), asOf: .distantFuture)
            #expect(labels.values == [1, -1, 0])
            #expect(try LabelBook([message], folder: folder, through: Timestamp(microseconds: 20)).count == 2)
        }
    }
}
