import Foundation

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceStream

/// Right files of every kind, written by those who write them.
enum FileSamples {
    private static let columns = [
        Column(name: "id", type: .id), Column(name: "time", type: .time(.iso8601)), Column(name: "note", type: .text),
        Column(name: "amount", type: .decimal(scale: 2)), Column(name: "score", type: .float),
    ]
    private static let window = MessageSamples.day(0)

    /// A folder of this process's own.
    private static let folder: String = {
        let path = FileManager.default.temporaryDirectory.appending(path: "millrace-fuzz-\(getpid())").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        atexit { try? FileManager.default.removeItem(atPath: FileSamples.folder) }
        return path
    }()

    static func events(from start: Int64, rows: Int = 20) -> RowTable {
        var table = RowTable(columns: columns)
        for row in 0..<rows {
            let time = start + Int64(row) * 1000
            table.times.append(time)
            table.values[0].append(text: Array("\(row % 7 == 0 ? "event \(row) with a long id" : "\(row)")".utf8)[...])
            table.values[1].cells.append(UInt64(bitPattern: time))
            table.values[2].append(text: Array((row % 3 == 0 ? "" : "note number \(row)").utf8)[...])
            table.values[3].cells.append(row % 5 == 0 ? Cell.nullInteger : UInt64(row * 100))
            table.values[4].cells.append(Double(row).bitPattern)
        }
        return table
    }

    private static let labels: RowTable = {
        var table = RowTable(columns: LabelSource.sliceColumns)
        for row in 0..<4 {
            let time = window.start.microseconds + Int64(row) * 4000
            table.times.append(time)
            table.values[0].append(text: Array("\(row)".utf8)[...])
            table.values[1].cells.append(UInt64(bitPattern: time - 10))
            table.values[2].cells.append(UInt64(bitPattern: time))
            table.values[3].cells.append(UInt64(bitPattern: Int64(row % 2)))
        }
        return table
    }()

    static let slices: [[UInt8]] = [1, 20].compactMap { rows in
        let table = events(from: window.start.microseconds, rows: rows)
        guard
            let file = try? SliceFile.write(
                table, origin: SliceOrigin(kind: .events, topic: "t", partition: 0), window: window, timeColumn: 1,
                offsets: rows == 1 ? [5..<6] : [3..<10, 12..<20, 100..<105], folder: folder)
        else { return nil }
        return try? DurableFile.read("\(folder)/\(file.path)")
    }

    static let ledgers = [
        Ledger(topic: "t", partition: 0, sequence: 0, firstOffset: 0, runs: []),
        Ledger(
            topic: "transactions", partition: 3, sequence: 17, firstOffset: 1_000_000,
            runs: [
                .init(outcome: .row, window: window, count: 500), .init(outcome: .dead, count: 1),
                .init(outcome: .late, count: 2), .init(outcome: .absent, count: 1),
                .init(outcome: .row, window: MessageSamples.day(1), count: 7), .init(outcome: .duplicate, count: 3),
            ]),
    ].map { $0.encoded() }

    /// With the SHA-256 at its end made right.
    static let withChecksum: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        let body = Array(bytes.dropLast(32))
        return body + Checksum(of: body).bytes
    }

    static func engine() throws -> FeatureEngine {
        func rolling(
            _ name: String, _ function: FeatureDeclaration.RollingFunction, _ of: String?, _ key: String, delay: Int = 0
        ) -> FeatureDeclaration {
            FeatureDeclaration(
                name: name,
                kind: .rolling(
                    function, of: of, key: key, over: [.milliseconds(5), .seconds(60)], delay: .milliseconds(delay)))
        }
        return try FeatureEngine(
            features: [
                rolling("count", .count, nil, "id"), rolling("mean", .mean, "amount", "note"),
                rolling("rate", .labelRate, nil, "note", delay: 2), rolling("shops", .distinct, "note", "id"),
                rolling("score", .standardDeviation, "score", "note"),
            ], featureHash: "aa", columns: columns, idColumn: "id", timeZone: "UTC", labelHorizon: .seconds(3600))
    }

    static let states: [[UInt8]] =
        (try? [0, 20].map { rows in
            let engine = try engine()
            let table = events(from: window.start.microseconds, rows: rows)
            _ = engine.append(events: table, labels: rows == 0 ? nil : labels)
            return engine.encodedState(at: window.start + .milliseconds(30))
        }) ?? []

    static let arrays: [[UInt8]] = {
        var texts = CellColumn()
        for text in ["a", "", "a longer text"] { texts.append(text: Array(text.utf8)[...]) }
        return [
            NPYArray(texts: texts).encoded, NPYArray([1.5, -0.0, .nan]).encoded, NPYArray([Int64(1), .min]).encoded,
            NPYArray([Int8(1), -1]).encoded,
            NPYArray(type: .float64, shape: [2, 3], data: Array(repeating: 0, count: 48)).encoded,
            NPYArray(type: .float64, shape: [0, 15], data: []).encoded,
        ]
    }()

    /// A dataset and the labels of a window in a folder, and their manifests.
    static let dataset: (folder: String, manifest: [UInt8], labels: [UInt8]) = {
        let table = events(from: window.start.microseconds)
        let files = try? DatasetStore(folder: folder).write(
            DatasetContent(
                window: window, featureHash: "aa", featureNames: ["a", "b"],
                features: Array(repeating: 0.5, count: 2 * table.count), events: table, idColumn: "id", isCold: false,
                slices: ["t/0/0"]))
        let arrived = try? LabelFile.write(labels, window: window, folder: folder)
        func bytes(_ path: String?) -> [UInt8] { (try? DurableFile.read("\(folder)/\(path ?? "")")) ?? [] }
        return (folder, bytes(files?.last?.path), bytes(arrived?.path))
    }()

    static let alias =
        #"{"alias":"champion","version":1,"run":"run-1","path":"m/versions/1","threshold":0.5,"releaseOffset":7}"#

    static let sums = "\(Checksum(of: "model"))  model.ubj\n\(Checksum(of: "{}"))  model.json\n"

    static func registry() throws -> Registry {
        let path = "\(folder)/registry-\(UInt32.random(in: .min ... .max))"
        let registry = Registry(path: path, model: "m", pipelineFolder: folder)
        for each in [registry.aliasFolder, registry.folder(of: 1)] { try DurableFile.createFolder(each) }
        try DurableFile.write("model", to: "\(registry.folder(of: 1))/model.ubj")
        try DurableFile.write("{}", to: "\(registry.folder(of: 1))/model.json")
        return registry
    }
}
