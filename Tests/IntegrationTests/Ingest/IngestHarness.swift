import Foundation
import Kafka
import Millrace
import TestSupport

@testable import MillraceWorker

/// A pipeline of its own on a broker, and what an auditor sees of it.
struct IngestHarness {
    let brokers: String
    var pipeline: Pipeline
    let cluster: Cluster
    let log = Log(level: .error)

    init(
        brokers: String, name: String, partitions: Int = 4, labels: Bool = false,
        adjust: (inout Pipeline) -> Void = { _ in }
    ) throws {
        self.brokers = brokers
        let name = "\(name)-\(UInt32.random(in: .min ... .max))"
        pipeline = Self.pipeline(name, brokers: brokers)
        try FileManager.default.createDirectory(atPath: pipeline.folder, withIntermediateDirectories: true)
        if labels {
            pipeline.labels = LabelSource(
                topics: ["\(name).labels"], eventField: "id", reportedField: "reported", valueField: "fraud")
        }
        adjust(&pipeline)
        cluster = Cluster(pipeline, log: log)
        let admin = try Admin(settings: cluster.settings(for: "test"))
        defer { admin.close() }
        let topics = (pipeline.events.topics + (pipeline.labels?.topics ?? [])).map {
            // The records are of 2018: a broker would delete them within minutes.
            NewTopic($0, partitions: partitions, configuration: ["retention.ms": "-1"])
        }
        try admin.createTopics(topics + Arrow.allCases.map { NewTopic(arrow: $0, pipeline: pipeline) })
    }

    private static func pipeline(_ name: String, brokers: String) -> Pipeline {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "millrace-\(name)-\(UInt32.random(in: .min ... .max))"
        ).path
        var kafka = KafkaSettings()
        kafka.brokers = brokers
        var windows = WindowSettings()
        windows.size = .seconds(3600)
        windows.lateness = .seconds(600)
        windows.idle = .seconds(2)
        return Pipeline(
            name: name, kafka: kafka, folder: folder,
            events: EventSource(
                topics: ["\(name).events"], timeColumn: "time", idColumn: "id",
                columns: [
                    Column(name: "id", type: .id), Column(name: "time", type: .time(.iso8601)),
                    Column(name: "amount", type: .decimal(scale: 2)), Column(name: "customer", type: .id),
                ]),
            windows: windows, registry: RegistrySettings(path: "\(folder)/registry"))
    }

    /// The same on an embedded broker, which can neither make topics by request nor keep transactions.
    init(
        embedded broker: EmbeddedCluster, name: String, partitions: Int, control: (Arrow) -> Int = { _ in 1 }
    ) throws {
        brokers = broker.brokers
        pipeline = Self.pipeline(name, brokers: "embedded")
        cluster = Cluster(pipeline, address: broker.brokers, log: log)
        for topic in pipeline.events.topics { try broker.createTopic(topic, partitions: partitions) }
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: name), partitions: control(arrow)) }
        try FileManager.default.createDirectory(atPath: pipeline.folder, withIntermediateDirectories: true)
    }

    /// A pipeline of another name over the topics of one that is there.
    init(rereading other: IngestHarness) throws {
        brokers = other.brokers
        pipeline = other.pipeline
        cluster = Cluster(pipeline, log: log)
        try FileManager.default.createDirectory(atPath: pipeline.folder, withIntermediateDirectories: true)
        let admin = try Admin(settings: cluster.settings(for: "test"))
        defer { admin.close() }
        try admin.createTopics(Arrow.allCases.map { NewTopic(arrow: $0, pipeline: other.pipeline) })
    }

    /// A pipeline over topics that are there; its worker makes the control topics.
    init(brokers: String, pipeline: Pipeline) throws {
        self.brokers = brokers
        self.pipeline = pipeline
        cluster = Cluster(pipeline, log: log)
    }

    func removeFolder() { try? FileManager.default.removeItem(atPath: pipeline.folder) }

    static let base = Timestamp(rfc3339: "2018-04-01T00:00:00Z")!

    static func event(_ id: Int, seconds: Double) -> [UInt8] {
        let time = base + .milliseconds(Int(seconds * 1000))
        return Array(
            "{\"id\":\(id),\"time\":\"\(time)\",\"amount\":\(id % 300).\(10 + id % 90),\"customer\":\"C\(id % 50)\"}"
                .utf8)
    }

    func produce(_ topic: String, _ values: [(partition: Int32, value: [UInt8]?)], timestamp: Int64? = nil) throws {
        let producer = try Producer(settings: cluster.settings(for: "test-producer"))
        defer { producer.close() }
        for (partition, value) in values {
            try producer.send(to: topic, partition: partition, value: value, timestampMilliseconds: timestamp)
        }
        try producer.flush()
        try producer.takeReport().check()
    }

    /// Runs ingest in this process until the condition holds.
    /// - Returns: whether it held in time.
    func run(instance: String = "0", within deadline: Duration = .seconds(60), until condition: () throws -> Bool)
        rethrows -> Bool
    {
        let stop = StopSignal()
        let service = IngestService(pipeline: pipeline, cluster: cluster, instance: instance, log: log, stop: stop)
        let running = RunningService(service)
        defer {
            stop.set()
            _ = running.wait(until: .now + .seconds(20))
        }
        let end = ContinuousClock.now + deadline
        while ContinuousClock.now < end {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    /// A topic just made may have no leader for a moment.
    private func patiently<Result>(_ body: () throws -> Result) throws -> Result {
        for _ in 0..<20 {
            do {
                return try body()
            } catch let error as KafkaError where error.isRetriable {
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
        return try body()
    }

    func seals() throws -> [SliceSealed] { try patiently { try readSeals() } }

    private func readSeals() throws -> [SliceSealed] {
        var seals: [SliceSealed] = []
        try TopicFold(settings: cluster.settings(for: "test-fold")).run(topic: Arrow.slices.topic(of: pipeline.name)) {
            let message = try MessageCodec.decode(
                headers: $0.headers.map(OutgoingRecord.Header.init), value: $0.value.map { Array($0) })
            if message.isA(SliceSealed.self) { seals.append(try message.payload(SliceSealed.self)) }
        }
        return seals
    }

    func deadLetters() throws -> [DeadLetter] {
        var letters: [DeadLetter] = []
        try TopicFold(settings: cluster.settings(for: "test-fold")).run(
            topic: Arrow.deadLetters.topic(of: pipeline.name)
        ) {
            if let letter = DeadLetter(
                headers: $0.headers.map(OutgoingRecord.Header.init), key: $0.key.map { Array($0) },
                value: $0.value.map { Array($0) })
            {
                letters.append(letter)
            }
        }
        return letters
    }

    /// Everything wrong with what has been sealed, judged from the messages and files alone.
    func audit(_ seals: [SliceSealed]) throws -> [String] {
        var problems: [String] = []
        let schema = RecordSchema(events: pipeline.events, timeZone: pipeline.timeZone)
        for (key, list) in Dictionary(grouping: seals, by: { "\($0.topic)/\($0.partition)" }) {
            var next = list.first?.firstOffset ?? 0
            var expected: [Int64: Window] = [:]
            var found: Set<Int64> = []
            for (index, seal) in list.enumerated() {
                if seal.sequence != index { problems.append("\(key): seal \(index) has sequence \(seal.sequence)") }
                if seal.firstOffset != next {
                    problems.append("\(key): seal \(index) begins at \(seal.firstOffset), not \(next)")
                }
                next = seal.nextOffset
                let ledger = try Ledger(
                    decoding: DurableFile.read("\(pipeline.folder)/\(seal.ledger.path)"), path: seal.ledger.path)
                if ledger.nextOffset != seal.nextOffset {
                    problems.append("\(key): ledger \(index) ends at \(ledger.nextOffset)")
                }
                var offset = ledger.firstOffset
                for run in ledger.runs {
                    if let window = run.window {
                        for each in offset..<offset + Int64(run.count) { expected[each] = window }
                    }
                    offset += Int64(run.count)
                }
                for slice in seal.slices {
                    let content = try SliceFile.read(
                        slice.file, folder: pipeline.folder, columns: seal.kind == .events ? schema.columns : nil)
                    if content.table.count != slice.rows {
                        problems.append("\(key): \(slice.file.path) has other rows")
                    }
                    for each in content.offsets.flatMap({ Array($0) }) {
                        if !found.insert(each).inserted { problems.append("\(key): offset \(each) is in two slices") }
                        if expected[each] != slice.window {
                            problems.append("\(key): offset \(each) is in a wrong window")
                        }
                    }
                }
            }
            let through = list.last?.sealedThrough ?? .distantPast
            for (offset, window) in expected where window.end <= through && !found.contains(offset) {
                problems.append("\(key): offset \(offset) is in no slice")
            }
        }
        return problems
    }
}
