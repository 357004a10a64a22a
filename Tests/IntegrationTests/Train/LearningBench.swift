import Foundation
import Kafka
import Millrace

@testable import MillraceWorker

/// Train and publish on a broker, over small datasets made up here: a feature tells the positives, not quite.
final class LearningBench {
    let pipeline: Pipeline
    var cluster: Cluster
    let folder: String
    private(set) var sent: [OutgoingRecord] = []

    static let size = Duration.seconds(86_400)
    static let start = Timestamp(rfc3339: "2020-01-01T00:00:00Z")!

    /// - Parameters:
    ///   - brokers: of a real broker, with its topics made here, or `embedded`.
    init(name: String, brokers: String, address: String? = nil, change: (inout Pipeline) -> Void = { _ in }) throws {
        folder = NSTemporaryDirectory() + "millrace-learning-\(name)-\(UInt32.random(in: 0 ... .max))"
        let events = EventSource(
            topics: ["e"], timeColumn: "t", idColumn: "id",
            columns: [
                Column(name: "id", type: .id), Column(name: "t", type: .time(.unixMicroseconds)),
                Column(name: "card", type: .id),
            ])
        let labels = LabelSource(topics: ["l"], eventField: "id", reportedField: "r", valueField: "v")
        var pipeline = Pipeline(
            name: name, folder: folder, events: events, labels: labels,
            features: [FeatureDeclaration(name: "a", kind: .calendar(.hour, members: nil))],
            triggers: [.every(.seconds(7 * 86_400), from: Self.start + .seconds(28 * 86_400))],
            registry: .init(path: folder + "/registry"))
        pipeline.labels?.maturity = .seconds(2 * 86_400)
        pipeline.training.minimumPositives = 5
        pipeline.training.trainer.rounds = 5
        pipeline.training.trainer.threads = 1
        pipeline.gate.minimumPositives = 5
        pipeline.gate.floor = 0.1
        // Models of so few rows differ by chance.
        pipeline.gate.margin = 0.3
        pipeline.gate.entity = "card"
        pipeline.gate.alertBudget = 20
        pipeline.kafka.brokers = brokers
        change(&pipeline)
        self.pipeline = pipeline
        cluster = Cluster(pipeline, address: address)
    }

    /// A pipeline that a file declares, whose folder is its own.
    init(pipeline: Pipeline, address: String? = nil) {
        self.pipeline = pipeline
        folder = pipeline.folder
        cluster = Cluster(pipeline, address: address)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Writes a day's dataset and labels and sends their messages.
    /// - Parameter lost: what the windows of days may lack.
    func announce(days: Range<Int>, flipped: Bool = false, lost: [Int: [LostRecords]] = [:]) throws {
        let store = DatasetStore(folder: folder)
        var records: [OutgoingRecord] = []
        for day in days {
            let begin = Self.start + .seconds(day * 86_400)
            let window = Window(start: begin, end: begin + Self.size)
            var random = SplitMix(state: UInt64(day))
            var events = RowTable(columns: pipeline.events.columns)
            var features: [Double] = []
            for row in 0..<200 {
                let time = begin.microseconds + Int64(row) * 400_000_000
                let id = day * 1000 + row
                events.times.append(time)
                let card = random.next() % 50
                for (index, column) in events.columns.enumerated() {
                    let cell = column.name == "id" ? UInt64(id) : column.name == "t" ? UInt64(time) : card
                    events.values[index].cells.append(cell)
                }
                let isPositive = Self.isPositive(id)
                let noise = Double(random.next() % 1000) / 1000
                features.append(contentsOf: [isPositive != flipped ? noise + 0.8 : noise, noise])
            }
            let files = try store.write(
                DatasetContent(
                    window: window, featureHash: pipeline.featureHash, featureNames: ["a", "b"], features: features,
                    events: events, idColumn: "id", isCold: false, slices: []))
            let file = try LabelFile.write(labels(ofDay: day - 1, known: begin), window: window, folder: folder)
            let arrived = LabelsArrived(
                window: window, file: file, labels: 20, positives: 20, negatives: 0, withdrawn: 0, changed: 0,
                unmatched: 0, matchRate: 1, maturedThrough: window.end - .seconds(2 * 86_400), lastKnown: window.end,
                isSilent: false)
            let ready = DatasetReady(
                window: window, featureHash: pipeline.featureHash, rows: 200, features: ["a", "b"],
                folder: DatasetStore.path(window: window, featureHash: pipeline.featureHash), files: files,
                isCold: false, offsets: ["e/0": Int64(day * 200 + 200)], slices: [], state: nil, slicesRewindOffset: 0,
                lost: lost[day])
            records.append(try encode(arrived, to: .datasets, from: Role.transform.source(of: pipeline.name)))
            records.append(try encode(ready, to: .datasets, from: Role.transform.source(of: pipeline.name)))
        }
        try send(records)
    }

    private static func isPositive(_ id: Int) -> Bool { id % 10 == 3 }

    private func labels(ofDay day: Int, known: Timestamp) -> RowTable {
        var labels = RowTable(columns: LabelSource.sliceColumns)
        guard day >= 0 else { return labels }
        for row in 0..<200 where Self.isPositive(day * 1000 + row) {
            let instant = UInt64(known.microseconds)
            labels.times.append(known.microseconds)
            for (column, cell) in [UInt64(day * 1000 + row), instant, instant, 1].enumerated() {
                labels.values[column].cells.append(cell)
            }
        }
        return labels
    }

    func encode(_ payload: some Payload, to arrow: Arrow, from source: String) throws -> OutgoingRecord {
        try MessageCodec.encode(payload, pipeline: pipeline.name, from: source, to: arrow)
    }

    func send(_ records: [OutgoingRecord]) throws {
        let producer = try Producer(settings: cluster.controlSettings(for: "test"))
        for record in records { try producer.send(record) }
        try producer.flush()
        producer.close()
        sent += records
    }

    /// All committed messages of an arrow.
    func read(_ arrow: Arrow) throws -> [ReceivedMessage] {
        var messages: [ReceivedMessage] = []
        try TopicFold(settings: cluster.controlSettings(for: "test")).run(topic: arrow.topic(of: pipeline.name)) {
            messages.append(
                try MessageCodec.decode(
                    headers: $0.message.headers.map(OutgoingRecord.Header.init), value: $0.message.value))
        }
        return messages
    }

    func releases() throws -> [Release] { try read(.releases).compactMap { try Release($0) } }

    func runs<P: Payload>(_ type: P.Type) throws -> [P] {
        try read(.models).filter { $0.isA(type) }.map { try $0.payload(type) }
    }

    /// Runs both roles until the condition holds, then stops them in order.
    func run(
        roles: [Role] = [.train, .publish], trainer: any Trainer = XGBoostTrainer(),
        within limit: Duration = .seconds(60),
        until condition: () throws -> Bool
    ) throws -> Bool {
        let stop = StopSignal()
        let log = Log(level: .warning)
        let running = roles.map { role -> RunningService in
            let handler: any ControlHandler =
                role == .train
                ? TrainHandler(pipeline: pipeline, trainer: trainer, version: "test", log: log)
                : PublishHandler(pipeline: pipeline, trainer: trainer, log: log)
            return RunningService(
                ControlLoop(
                    handler: handler, cluster: cluster, deadLetters: .init(), instance: "0", log: log, stop: stop,
                    health: RoleHealth(role: role)))
        }
        let deadline = ContinuousClock.now + limit
        var holds = false
        while !holds, ContinuousClock.now < deadline {
            holds = try condition()
            if !holds { Thread.sleep(forTimeInterval: 0.1) }
        }
        stop.set()
        var areEnded = true
        for service in running { areEnded = service.wait(until: .now + .seconds(15)) && areEnded }
        return holds && areEnded
    }
}

struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
