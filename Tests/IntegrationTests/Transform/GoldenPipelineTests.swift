import Compression
import Foundation
import Millrace
import TestSupport
import Testing

/// The shipped benchmark pipeline, from records on a broker to the dataset of one day.
@Suite(
    "The handbook through a broker",
    .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason),
    // The transactions and the published features of a day: MILLRACE_DATA names their folder.
    .enabled(
        if: ProcessInfo.processInfo.environment["MILLRACE_DATA"] != nil,
        "set MILLRACE_DATA to the folder of the handbook's files"),
    .serialized)
struct GoldenPipelineTests {
    private let data = ProcessInfo.processInfo.environment["MILLRACE_DATA"] ?? ""

    /// - Parameter day: lines whose second field, after an id, is before it are passed over; a test's build is slow.
    private func lines(_ name: String, from day: String? = nil, _ body: ([String]) -> Bool) throws {
        let reader = try LineReader(path: "\(data)/\(name)")
        while let line = try reader.next() {
            if let day, let comma = line.firstIndex(of: UInt8(ascii: ",")), comma + day.utf8.count < line.count,
                day.withCString({ memcmp(line.baseAddress! + comma + 1, $0, day.utf8.count) < 0 })
            {
                continue
            }
            let fields = String(decoding: line, as: UTF8.self).split(separator: ",").map(String.init)
            if !body(fields) { return }
        }
    }

    /// Records of the days that the features of 2018-08-08 look back at, and of the day after, over four partitions.
    private func feed(_ harness: TransformHarness) throws -> Set<String> {
        var events: [(partition: Int32, value: String, milliseconds: Int64)] = []
        var labels: [(partition: Int32, value: String, milliseconds: Int64)] = []
        var seen: [String: String] = [:]
        var sameSecond: Set<String> = []
        try lines("handbook-transactions.csv.zst", from: "2018-07-02") { fields in
            guard fields[0] != "tx_id" else { return true }
            guard fields[1] < "2018-08-10" else { return false }
            let time = Timestamp(rfc3339: fields[1])!
            let partition = Int32(fields[0])! % 4
            events.append(
                (
                    partition,
                    #"{"tx_id":\#(fields[0]),"datetime":"\#(fields[1])","customer":\#(fields[2]),"#
                        + #""terminal":\#(fields[3]),"amount":\#(fields[4])}"#, time.microseconds / 1000
                ))
            if fields[5] == "1" {
                let known = time + .seconds(7 * 86_400)
                labels.append(
                    (partition, #"{"tx_id":\#(fields[0]),"reported":"\#(known)","fraud":1}"#, known.microseconds / 1000)
                )
            }
            for key in ["c\(fields[2])", "t\(fields[3])"] {
                if let other = seen.updateValue(fields[0], forKey: "\(fields[1]) \(key)") {
                    sameSecond.formUnion([other, fields[0]])
                }
            }
            return true
        }
        try harness.produce(harness.pipeline.events.topics[0], events)
        try harness.produce(harness.pipeline.labels!.topics[0], labels)
        return sameSecond
    }

    @Test("the published features of 2018-08-08 come out of the shipped pipeline file")
    func golden() throws {
        let shipped = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../deploy/pipelines/handbook.yaml")
        let suffix = UInt32.random(in: .min ... .max)
        let text = try String(contentsOf: shipped, encoding: .utf8)
            .replacingOccurrences(of: "pipeline: handbook", with: "pipeline: NAME")
            .replacingOccurrences(of: "./millrace/handbook", with: "FOLDER")
            .replacingOccurrences(of: "[transactions]", with: "[golden-transactions-\(suffix)]")
            .replacingOccurrences(of: "topics: [labels]", with: "topics: [golden-labels-\(suffix)]")
            .replacingOccurrences(of: "./registry", with: "FOLDER/registry")
        let harness = try TransformHarness(
            brokers: KafkaServer.shared().brokers, name: "golden", partitions: 4, text: text)
        defer { harness.removeFolder() }
        let sameSecond = try feed(harness)
        let day = Window(
            holding: Timestamp(rfc3339: "2018-08-08T00:00:00Z")!, size: harness.pipeline.windows.size)
        let run = try harness.run(roles: "ingest,transform", within: .seconds(480)) {
            harness.lastWindow() >= day.start
        }
        try #require(run.held, "\(harness.workerLog.suffix(3000))")
        let message = try #require(try harness.messages().ready.first { $0.window == day })
        let table = try DatasetStore(folder: harness.pipeline.folder).load([message])
        #expect(table.count == 9740 && table.featureNames.count == 15)

        var golden: [String: [Double]] = [:]
        try lines("handbook-golden-features-2018-08-08.csv.gz") { fields in
            if fields[0] != "tx_id" { golden[fields[0]] = fields.dropFirst().map { Double($0) ?? .nan } }
            return true
        }
        // The file has count and mean (count and risk) of each span beside each other.
        let order = [0, 1, 2, 3, 6, 4, 7, 5, 8, 9, 12, 10, 13, 11, 14]
        var compared = 0
        for row in 0..<table.count {
            let id = table.ids.text(row) ?? ""
            let expected = try #require(golden[id])
            if sameSecond.contains(id) { continue }
            compared += 1
            for (column, feature) in order.enumerated() {
                let found = table.features[row * 15 + feature]
                if !(abs(found - expected[column]) <= 1e-6) {
                    let name = table.featureNames[feature]
                    Issue.record("transaction \(id), \(name): expected \(expected[column]), found \(found)")
                    return
                }
            }
        }
        print("golden through Kafka: \(compared) of \(table.count) rows compared")
        #expect(compared > 9700)
    }
}
