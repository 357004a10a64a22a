import Foundation
import Millrace
import SQLite
import Testing

@testable import MillraceHistory

struct HistoryTests {
    private func log(runs: Int = 40, windows: Int = 12) throws -> StagedLog {
        let log = try StagedLog()
        for index in 0..<runs { try log.run(index) }
        for index in 0..<windows { try log.window(index) }
        try log.held()
        return log
    }

    private func dump(_ path: String) throws -> [String] { try HistoryReader(path: path).dump() }

    @Test func `The rows are the same whichever topic comes first, in whatever pieces, and however often`() throws {
        let log = try log()
        try HistoryStore(path: log.file).take(log.all)
        let expected = try dump(log.file)
        #expect(expected.count > 100)
        #expect(expected.contains { $0.hasPrefix("runs ") })
        var generator = SystemRandomNumberGenerator()
        for round in 0..<8 {
            let path = log.file + "\(round)"
            var queues = log.records.values.map { $0[...] }
            var store = try HistoryStore(path: path)
            while !queues.isEmpty {
                let index = Int.random(in: 0..<queues.count, using: &generator)
                let piece = queues[index].prefix(Int.random(in: 1...9, using: &generator))
                try store.take(Array(piece))
                queues[index] = queues[index].dropFirst(piece.count)
                if queues[index].isEmpty { queues.remove(at: index) }
                // A process that begins anew reads from the beginning.
                if Bool.random(using: &generator) { store = try HistoryStore(path: path) }
                if Int.random(in: 0..<5, using: &generator) == 0, let first = piece.first {
                    try store.take((log.records[first.arrow] ?? []).filter { $0.offset <= piece.last!.offset })
                }
            }
            try store.take(log.all)
            try store.checkAllSeen()
            #expect(try dump(path) == expected)
            try store.rebuild { each in for record in log.all { try each(record) } }
            #expect(try dump(path) == expected)
        }
    }

    @Test func `Every run reads as the folded view has it`() throws {
        let log = try log()
        try HistoryStore(path: log.file).take(log.all)
        var view = PipelineView()
        for record in log.all { view.fold(record) }
        let reader = try HistoryReader(path: log.file)
        let page = try reader.runs(count: 1000)
        #expect(page.next == nil)
        #expect(Set(page.members.map(\.state)).count >= 7)
        func plain(_ runs: [RunSummary]) throws -> [String] {
            try runs.map { String(decoding: try MessageCodec.json($0), as: UTF8.self) }
        }
        #expect(try plain(page.members) == plain(view.runs.reversed()))
        #expect(try plain([reader.run(StagedLog.name(3))!]) == plain([view.run(StagedLog.name(3))!]))
        #expect(try reader.runCounts().values.reduce(0, +) == 40)
        let failed = try reader.runs(count: 1000, states: [.failed, .refused]).members
        #expect(failed.map(\.run) == page.members.filter { $0.state == .failed || $0.state == .refused }.map(\.run))
    }

    @Test func `Pages of ten thousand runs hold each once, newest first`() throws {
        let log = try StagedLog()
        for index in 0..<10_000 { try log.run(index) }
        let store = try HistoryStore(path: log.file)
        try store.take(log.all)
        let reader = try HistoryReader(path: log.file)
        var (names, before, pages) = ([String](), Int64?.none, 0)
        repeat {
            let page = try reader.runs(before: before, count: 300)
            names += page.members.map(\.run)
            before = page.next
            pages += 1
        } while before != nil
        #expect(names == (0..<10_000).reversed().map(StagedLog.name))
        #expect(pages == 34)
    }

    @Test func `Windows and releases say what became of them`() throws {
        let log = try log()
        try HistoryStore(path: log.file).take(log.all)
        let reader = try HistoryReader(path: log.file)
        let first = try reader.windows(count: 5)
        #expect(first.members.map(\.start) == (7..<12).reversed().map { StagedLog.day($0).start })
        let window = first.members[3]
        #expect(window.slices == 2 && window.sealedRows == 21 && window.datasetRows == 20 && window.labels == 4)
        #expect(window.quarantined != nil && window.isSkipped && window.end == StagedLog.day(8).end)
        #expect(try reader.windows(before: first.next, count: 50).members.count == 7)
        let releases = try reader.releases(count: 3)
        #expect(releases.members[0].kind == "held" && releases.members[0].reasons.first?.message == "freeze")
        #expect(releases.members[1].metric == "average_precision" && releases.members[1].challengerValue == 0.5)
        #expect(releases.members[1].championValue == 0.25 && releases.next != nil)
    }

    @Test func `A file of another version, a damaged one and one of another log are put aside`() throws {
        let log = try log()
        var reasons: [HistoryError.Code] = []
        func open() throws -> HistoryStore {
            try HistoryStore.open(path: log.file) { error, name in
                reasons.append(error.code)
                #expect(FileManager.default.fileExists(atPath: name))
                try? FileManager.default.removeItem(atPath: name)
            }
        }
        do {
            let store = try open()
            try store.take(log.all)
        }
        let expected = try dump(log.file)
        try Database(path: log.file).execute("PRAGMA user_version = 99")
        try open().take(log.all)
        #expect(try dump(log.file) == expected)
        try Data("not a database, but long enough to be looked at as if it were one".utf8).write(
            to: URL(filePath: log.file))
        try open().take(log.all)
        #expect(try dump(log.file) == expected)
        // Pages in the middle are lost.
        var bytes = try Data(contentsOf: URL(filePath: log.file))
        for index in 5000..<min(20_000, bytes.count) { bytes[index] = 0xaa }
        try bytes.write(to: URL(filePath: log.file))
        try open().take(log.all)
        #expect(try dump(log.file) == expected)
        #expect(reasons == [.otherVersion, .damaged, .damaged])

        let other = try self.log(runs: 3)
        let store = try open()
        let error = #expect(throws: HistoryError.self) {
            try store.take(other.all + other.all); try store.checkAllSeen()
        }
        #expect(error?.code == .otherLog)
        #expect(try dump(log.file) == expected)
    }

    @Test func `Lag is sampled now and then, and not kept for ever`() throws {
        let log = try StagedLog()
        let store = try HistoryStore(path: log.file)
        let start = Timestamp(rfc3339: "2026-03-01T00:00:00Z")!
        func observe(_ time: Timestamp, _ lag: Int64) throws {
            let partition = PartitionObservation(
                topic: "t", partition: 0, committed: 0, low: 0, end: lag, lag: lag,
                age: LagAge(seconds: 2.5, source: .record), burrow: .ok, verdict: LagVerdict(.ok, ""))
            let group = GroupObservation(group: "g", state: "Stable", members: 1, partitions: [partition])
            try store.sample(Observation(time: time, groups: [group]))
        }
        for second in 0..<600 { try observe(start + .seconds(second), second == 300 ? 1000 : 5) }
        let reader = try HistoryReader(path: log.file)
        #expect(try reader.lag(of: "g", since: start, points: 1000).count == 20)
        let few = try reader.lag(of: "g", since: start, points: 4)
        #expect(few.map(\.lag) == [5, 5, 1000, 5] && few[0].seconds == 2.5)
        try observe(start + .seconds(15 * 86_400), 7)
        #expect(try reader.lag(of: "g", since: start).map(\.lag) == [7])
    }
}
