import Foundation
import Millrace
import TestSupport
import Testing

@Suite("Transform on a real broker", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct TransformCrashTests {
    /// Windows of an hour, labels that come up to six hours late, and aggregates that look back three.
    private static func text(events: String, labels: String) -> String {
        """
        pipeline: NAME
        kafka: { brokers: "localhost:1", client: { session.timeout.ms: "6000" } }
        folder: FOLDER
        events:
          topics: [\(events)]
          time: { column: time, format: iso8601 }
          columns: { id: id, customer: id, amount: decimal(2) }
        labels:
          topics: [\(labels)]
          event: id
          reported: { field: reported, format: iso8601 }
          value: { field: fraud, positive: [1], negative: [0], withdrawn: [null] }
          maturity: 3h
          horizon: 6h
          silent_after: 4h
        windows: { size: 1h, lateness: 10m, idle: 2s }
        features:
          - { name: count, rolling: count, key: customer, over: [1h, 3h] }
          - { name: mean, rolling: mean, of: amount, key: customer, over: [1h, 3h] }
          - { name: risk, rolling: label_rate, key: customer, over: [2h], delay: 1h, empty: 0 }
        training: { span: 5h, holdout: 5h }
        registry: { path: FOLDER/registry }
        """
    }

    private static let base = Timestamp(rfc3339: "2018-04-01T00:00:00Z")!
    private static let hours = 30

    /// Events of three partitions, somewhat out of order, and labels for a third of them.
    private static func stream() -> (
        events: [(partition: Int32, value: String, milliseconds: Int64)],
        labels: [(partition: Int32, value: String, milliseconds: Int64)]
    ) {
        var events: [(partition: Int32, value: String, milliseconds: Int64)] = []
        var labels: [(at: Int64, partition: Int32, value: String)] = []
        for index in 0..<hours * 120 {
            let second = index * 30 - (index % 7) * 40
            let time = base + .seconds(max(0, second))
            let id = index % 2 == 0 ? "\(index)" : "\"e-\(index)\""
            events.append(
                (
                    Int32(index % 3),
                    "{\"id\":\(id),\"time\":\"\(time)\",\"customer\":\"C\(index * 7 % 23)\",\"amount\":\(index % 90).25}",
                    time.microseconds / 1000
                ))
            guard index % 3 == 0 else { continue }
            let known = time + .seconds(600 + index * 37 % 20_000)
            labels.append(
                (
                    known.microseconds / 1000, Int32(index % 2),
                    "{\"id\":\(id),\"reported\":\"\(known)\",\"fraud\":\(index % 4 == 0 ? "1" : index % 9 == 0 ? "null" : "0")}"
                ))
        }
        return (events, labels.sorted { ($0.at, $0.value) < ($1.at, $1.value) }.map { ($0.partition, $0.value, $0.at) })
    }

    @Test("killed anywhere, it writes the same datasets, labels, states and messages as when it is left alone")
    func crashes() throws {
        let brokers = try KafkaServer.shared().brokers
        let suffix = UInt32.random(in: .min ... .max)
        let text = Self.text(events: "crash-events-\(suffix)", labels: "crash-labels-\(suffix)")
        let calm = try TransformHarness(brokers: brokers, name: "calm", partitions: 3, text: text)
        let killed = try TransformHarness(brokers: brokers, name: "killed", partitions: 3, text: text)
        defer {
            calm.removeFolder()
            killed.removeFolder()
        }
        let (events, labels) = Self.stream()
        try calm.produce(calm.pipeline.events.topics[0], events)
        try calm.produce(calm.pipeline.labels!.topics[0], labels)

        // Beyond this, idle partitions decide when a window is sealed, and what follows is not of interest here.
        let last = Self.base + .seconds((Self.hours - 3) * 3600)
        let calmRun = try calm.run(roles: "ingest,transform", within: .seconds(120)) { calm.lastWindow() >= last }
        try #require(calmRun.held, "\(calm.workerLog.suffix(2000))")

        for point in [
            "transform.written-before-send", "transform.before-send", "transform.after-commit",
            "transform.written-before-send:3", "transform.sent-before-commit:4", "transform.after-commit:5",
        ] {
            let run = try killed.run(roles: "ingest,transform", crashPoint: point, within: .seconds(60)) { false }
            #expect(run.crashed, "\(point) was not reached: \(killed.workerLog.suffix(2000))")
        }
        let run = try killed.run(roles: "ingest,transform", within: .seconds(120)) { killed.lastWindow() >= last }
        #expect(run.held, "\(killed.workerLog.suffix(2000))")

        let (expectedReady, expectedLabels) = try calm.messages()
        let (ready, arrived) = try killed.messages()
        let count = min(expectedReady.count, ready.count)
        #expect(count >= Self.hours - 3)
        #expect(ready.count == Set(ready.map(\.window)).count)
        #expect(arrived.count == Set(arrived.map(\.window)).count)
        // Where `slices` is read again depends on when seals came in, which is not the same in any two runs.
        let plain = { (ready: DatasetReady) in
            var ready = ready
            ready.slicesRewindOffset = 0
            return ready
        }
        for index in 0..<count {
            #expect(plain(ready[index]) == plain(expectedReady[index]))
            #expect(arrived[index] == expectedLabels[index])
        }
        let names = ["datasets", "labels"]
        let windows = Set(ready[..<count].map(\.window.fileName))
        let expectedFiles = try calm.files(below: names).filter { file in windows.contains { file.key.contains($0) } }
        let files = try killed.files(below: names).filter { file in windows.contains { file.key.contains($0) } }
        #expect(expectedFiles.count > count * 8)
        #expect(files == expectedFiles)
    }
}
