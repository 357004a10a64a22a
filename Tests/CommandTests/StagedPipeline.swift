import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

/// A pipeline whose control topics and files a test writes itself: what the roles would have said.
final class StagedPipeline {
    let folder: TemporaryFolder
    let broker: EmbeddedBroker
    let name = "cards"
    private let producer: Producer

    init(partitions: Int = 2) throws {
        folder = try TemporaryFolder()
        var topics = ["transactions": partitions, "labels": 1]
        for arrow in Arrow.allCases { topics[arrow.topic(of: name)] = 1 }
        broker = try EmbeddedBroker(topics: topics)
        producer = try Producer(settings: broker.cluster.settings(clientID: "stage"))
        let run = try ProgramRun.run(["init", "--name", name], in: folder.url)
        try #require(run.code == 0)
        // The folder that the template names.
        try FileManager.default.createDirectory(
            atPath: folder.file("millrace/\(name)"), withIntermediateDirectories: true)
    }

    deinit { producer.close() }

    func command(_ arguments: String...) throws -> ProgramRun {
        try ProgramRun.run(arguments + ["--brokers", broker.brokers], in: folder.url)
    }

    func say(_ payload: some Payload, to arrow: Arrow, from role: Role = .ingest) throws {
        try send(try MessageCodec.encode(payload, pipeline: name, from: role.source(of: name), to: arrow))
    }

    func send(_ record: OutgoingRecord) throws {
        try producer.send(record)
        try producer.flush()
        try producer.takeReport().check()
    }

    /// Sends events without sense, so that there are offsets.
    func fill(_ topic: String, _ partition: Int32, count: Int) throws {
        for index in 0..<count {
            try producer.send(to: topic, partition: partition, key: nil, value: Array("event \(index)".utf8))
        }
        try producer.flush()
    }

    /// Writes a file below the pipeline's folder.
    func file(_ path: String, _ bytes: [UInt8]) throws -> FileReference {
        let full = folder.file("millrace/\(name)/\(path)")
        try FileManager.default.createDirectory(
            atPath: (full as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(filePath: full))
        return FileReference(path: path, bytes: bytes.count, sha256: Checksum(of: bytes).description)
    }

    static func day(_ number: Int) -> Window {
        let start = Timestamp(rfc3339: "2018-04-01T00:00:00Z")! + .seconds(number * 86_400)
        return Window(start: start, end: start + .seconds(86_400))
    }

    /// The seal of one day of a partition: ten offsets, eight of them rows, one late, one dead.
    /// - Parameter offsets: of the slice's rows, where they are to be others than the ledger's.
    func seal(
        _ topic: String, _ partition: Int, _ sequence: Int, kind: SliceSealed.Kind = .events,
        offsets: [Range<Int64>]? = nil,
        change: (inout SliceSealed, inout Ledger) -> Void = { _, _ in }
    ) throws -> SliceSealed {
        let window = Self.day(sequence)
        let first = Int64(sequence * 10)
        var ledger = Ledger(
            topic: topic, partition: partition, sequence: sequence, firstOffset: first,
            runs: [
                .init(outcome: .row, window: window, count: 5), .init(outcome: .late, count: 1),
                .init(outcome: .dead, count: 1), .init(outcome: .row, window: window, count: 3),
            ])
        var seal = SliceSealed(
            kind: kind, topic: topic, partition: partition, partitionCount: 2, sequence: sequence,
            sealedThrough: window.end, watermark: window.end,
            slices: [.init(window: window, rows: 8, file: FileReference(path: "", bytes: 0, sha256: ""))],
            firstOffset: first, nextOffset: first + 10, late: 1, duplicates: 0, dead: 1, moved: 0, idle: nil,
            replay: .init(
                rewindOffset: first + 10, snapshotOffset: first + 10, watermark: window.end,
                sealedThrough: window.end),
            ledger: FileReference(path: "", bytes: 0, sha256: ""))
        change(&seal, &ledger)
        seal.slices[0].file = try slice(of: seal, offsets: offsets ?? Self.rows(ledger))
        seal.ledger = try file("slices/\(topic)/\(partition)/\(sequence).ledger", ledger.encoded())
        return seal
    }

    static func rows(_ ledger: Ledger) -> [Range<Int64>] {
        var offset = ledger.firstOffset
        return ledger.runs.compactMap { run in
            defer { offset += Int64(run.count) }
            return run.outcome == .row ? offset..<offset + Int64(run.count) : nil
        }
    }

    /// A whole slice, whose rows are numbers.
    func slice(of seal: SliceSealed, offsets: [Range<Int64>]) throws -> FileReference {
        let window = seal.slices[0].window
        var table = RowTable(columns: [
            Column(name: "number", type: .integer), Column(name: "time", type: .time(.iso8601)),
        ])
        for offset in offsets.joined() {
            let time = window.start.microseconds + offset
            table.times.append(time)
            table.values[0].cells.append(UInt64(offset))
            table.values[1].cells.append(UInt64(bitPattern: time))
        }
        return try SliceFile.write(
            table, origin: SliceOrigin(kind: seal.kind, topic: seal.topic, partition: seal.partition), window: window,
            timeColumn: 1, offsets: offsets, folder: folder.file("millrace/\(name)"))
    }

    func deadLetter(_ topic: String, _ partition: Int, _ offset: Int64, value: String = "not json") throws {
        let letter = DeadLetter(
            topic: topic, partition: partition, offset: offset, timestampMilliseconds: 1_522_540_800_000,
            stage: .ingest, code: "bad-json", message: "expected a JSON object, found 'not'", key: Array("k".utf8),
            value: Array(value.utf8))
        try send(letter.record(pipeline: name, payload: .full))
    }

    func dataset(_ number: Int, slices: [String]) throws -> DatasetReady {
        let window = Self.day(number)
        let matrix = try file("datasets/\(window.fileName)/features.npy", Array("matrix \(number)".utf8))
        let manifest = try file("datasets/\(window.fileName)/manifest.json", Array("{\"rows\": 16}".utf8))
        return DatasetReady(
            window: window, featureHash: "f1", rows: 16, features: ["amount"], folder: "datasets/\(window.fileName)",
            files: [matrix, manifest], isCold: false, offsets: [:], slices: slices, state: nil, slicesRewindOffset: 0)
    }

    /// Three days of two partitions, complete and right.
    func stageThreeDays() throws {
        for partition in 0..<2 { try fill("transactions", Int32(partition), count: 35) }
        for day in 0..<3 {
            for partition in 0..<2 {
                try say(try seal("transactions", partition, day), to: .slices)
                try deadLetter("transactions", partition, Int64(day * 10 + 6))
            }
            let slices = (0..<2).map { "transactions/\($0)/\(day)" }
            try say(try dataset(day, slices: slices), to: .datasets, from: .transform)
        }
        try broker.commit(
            "millrace.cards.ingest", [TopicPartition("transactions", 0): 33, TopicPartition("transactions", 1): 30])
    }
}
