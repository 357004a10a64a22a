import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream
@testable import MillraceWorker

/// The role without a broker: its handler is fed from topics in memory, as its loop would feed it.
private final class TransformDesk {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-\(UUID())").path
    var pipeline: Pipeline
    private(set) var slices: [OutgoingRecord] = []
    private(set) var datasets: [OutgoingRecord] = []
    private(set) var letters = 0
    /// Records of each transaction.
    private(set) var sizes: [Int] = []

    init() {
        pipeline = Pipeline(
            name: "p", folder: folder,
            events: EventSource(
                topics: ["events"], timeColumn: "at", idColumn: "tx",
                columns: [
                    Column(name: "tx", type: .id), Column(name: "at", type: .time(.iso8601)),
                    Column(name: "amount", type: .float),
                ]), features: [.init(name: "a", kind: .column("amount"))], registry: .init(path: "\(folder)/registry"))
        pipeline.training.warmUp = .seconds(2 * 86_400)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func day(_ index: Int) -> Window {
        Window(holding: Timestamp(microseconds: Int64(17_000 + index) * 86_400_000_000), size: .seconds(86_400))
    }

    /// A day's slice, sealed.
    func seal(_ index: Int, rows: Int) throws {
        let window = Self.day(index)
        var table = RowTable(columns: pipeline.events.columns)
        for row in 0..<rows {
            let time = window.start.microseconds + Int64(row)
            table.times.append(time)
            table.values[0].cells.append(UInt64(index * 100_000 + row))
            table.values[1].cells.append(UInt64(bitPattern: time))
            table.values[2].cells.append(Double(row).bitPattern)
        }
        let first = Int64(index) * 100_000
        let file = try SliceFile.write(
            table, origin: SliceOrigin(kind: .events, topic: "events", partition: 0), window: window, timeColumn: 1,
            offsets: [first..<first + Int64(rows)], folder: folder)
        let seal = SliceSealed(
            kind: .events, topic: "events", partition: 0, partitionCount: 1, sequence: index,
            sealedThrough: window.end, watermark: window.end, slices: [.init(window: window, rows: rows, file: file)],
            firstOffset: first, nextOffset: first + Int64(rows), late: 0, duplicates: 0, dead: 0, moved: 0, idle: nil,
            replay: .init(rewindOffset: 0, snapshotOffset: 0, watermark: nil, sealedThrough: nil), ledger: file)
        slices.append(try MessageCodec.encode(seal, pipeline: "p", from: "/ingest", to: .slices))
    }

    func ready() throws -> [DatasetReady] {
        try datasets.map {
            try MessageCodec.decode(headers: $0.headers, value: $0.value).payload(DatasetReady.self)
        }.filter { $0.featureHash == pipeline.featureHash }
    }

    /// One life of the role, until nothing is left to do.
    func run() throws {
        let handler = TransformHandler(pipeline: pipeline, log: Log { _ in })
        handler.reset()
        for (offset, record) in datasets.enumerated() { try handler.fold(control(.datasets, offset, record)) }
        let start = handler.start()[.slices] ?? 0
        for (offset, record) in slices.enumerated() where Int64(offset) >= start {
            try handler.receive(control(.slices, offset, record))
            while let action = try handler.next(now: .now) {
                switch action {
                case .publish(let records, _, let done):
                    sizes.append(records.count)
                    letters += records.count { $0.topic == Arrow.deadLetters.topic(of: "p") }
                    datasets += records.filter { $0.topic == Arrow.datasets.topic(of: "p") }
                    done(records.indices.map { Int64($0) })
                case .work(_, let body): handler.finished(Result { try body(WorkContext()) })
                case .pause, .resume, .notify: Issue.record("not expected")
                }
            }
        }
    }

    private func control(_ arrow: Arrow, _ offset: Int, _ record: OutgoingRecord) throws(MessageError) -> ControlRecord
    {
        try ControlRecord(
            arrow: arrow, offset: Int64(offset), timestampMilliseconds: nil, headers: record.headers,
            value: record.value)
    }
}

@Suite struct TransformHandlerTests {
    @Test func aSecondFeatureSetBeginsWhereTheSlicesDo() throws {
        let desk = TransformDesk()
        for index in 0..<40 { try desk.seal(index, rows: 5) }
        try desk.run()
        #expect(try desk.ready().map(\.window) == (0..<40).map(TransformDesk.day))
        // Kept for shorter than the edit below asks for.
        let slices = "\(desk.folder)/slices/events/0"
        for name in try FileManager.default.contentsOfDirectory(atPath: slices)
        where name < TransformDesk.day(30).fileName {
            try FileManager.default.removeItem(atPath: "\(slices)/\(name)")
        }
        desk.pipeline.features.append(.init(name: "hour", kind: .calendar(.hour, members: nil)))
        desk.pipeline.training.warmUp = .seconds(3 * 86_400)
        try desk.run()
        let ready = try desk.ready()
        #expect(ready.map(\.window) == (30..<40).map(TransformDesk.day))
        #expect(ready.map(\.isCold) == [true, true, true] + Array(repeating: false, count: 7))
    }

    @Test func slicesAreKeptAsLongAsASecondFeatureSetNeeds() throws {
        let desk = TransformDesk()
        desk.pipeline.retention.slices = .seconds(86_400)
        for index in 0..<40 { try desk.seal(index, rows: 5) }
        try desk.run()
        desk.pipeline.features.append(.init(name: "hour", kind: .calendar(.hour, members: nil)))
        try desk.run()
        // Warm-up of two days, seven of training and seven of holdout, and two to spare.
        #expect(try desk.ready().map(\.window) == (22..<40).map(TransformDesk.day))
        let slices = try FileManager.default.contentsOfDirectory(atPath: "\(desk.folder)/slices/events/0")
        #expect(slices.count < 22)
    }

    @Test func howeverManyRowsARuleLeavesOutATransactionIsBounded() throws {
        let desk = TransformDesk()
        desk.pipeline.rules = [
            .init(name: "small", check: .range(column: "amount", minimum: nil, maximum: 9), action: .drop)
        ]
        try desk.seal(0, rows: 9010)
        try desk.run()
        #expect(try desk.ready().map(\.rows) == [10])
        #expect(try desk.ready().map(\.dropped) == [["small": 9000]])
        #expect(desk.letters == 9000)
        #expect((desk.sizes.max() ?? 0) <= 2000)
    }
}
