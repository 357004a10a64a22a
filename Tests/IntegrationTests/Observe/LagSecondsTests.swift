import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Seconds of lag against what the producer knows: when it made the record that the group reads next.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
struct LagSecondsTests {
    /// One partition, one group, and the truth about both.
    private final class Scene {
        let partition = TopicPartition("seconds-\(UUID().uuidString.prefix(8))", 0)
        let group: String
        let settings: ClientSettings
        /// When each record was made, by offset: µs since 1970.
        private(set) var made: [Int64] = []
        private(set) var committed: Int64 = 0
        private let producer: Producer
        private let consumer: Consumer

        init() throws {
            settings = ClientSettings(brokers: try KafkaServer.shared().brokers, clientID: "scene")
            group = "of-" + partition.topic
            let admin = try Admin(settings: settings)
            defer { admin.close() }
            try admin.createTopics([NewTopic(partition.topic, partitions: 1)])
            producer = try Producer(settings: settings)
            consumer = try Consumer(group: group, settings: settings)
        }

        func produce(_ count: Int) throws {
            for _ in 0..<count {
                let now = Timestamp.now.microseconds / 1000
                try producer.send(to: partition.topic, partition: 0, value: [1], timestampMilliseconds: now)
                made.append(now * 1000)
            }
            try producer.flush()
        }

        func read(_ count: Int) throws {
            committed = min(Int64(made.count), committed + Int64(count))
            try consumer.commit([CommittedOffset(partition, offset: committed)])
        }

        func close() {
            producer.close()
            consumer.close()
        }
    }

    @Test func secondsAreTrueWhetherProductionIsConstantBurstyOrStopped() throws {
        let scene = try Scene()
        defer { scene.close() }
        let sampler = try LagSampler(settings: scene.settings)
        defer { sampler.close() }
        let watch = LagSampler.Watch(group: scene.group, topics: [scene.partition.topic])
        var reading = LagObserver()
        var interpolating = LagObserver(probeLimit: 0)

        var lastLook: Timestamp?
        // What happened between two looks cannot be known from ends; a loaded machine looks late.
        var longestGap = 0.0
        /// A tick is a tenth of a second; there is a look every second.
        func phase(_ name: String, ticks: Int, produce: (Int) -> Int, read: Int) throws {
            var worst = (read: 0.0, interpolated: 0.0, age: 0.0)
            var sources: Set<LagAge.Source> = []
            for tick in 0..<ticks {
                let end = ContinuousClock.now + .milliseconds(100)
                try scene.produce(produce(tick))
                if tick.isMultiple(of: 3) { try scene.read(read) }
                if tick.isMultiple(of: 10) {
                    let sample = try sampler.look([watch])
                    reading.found(try sampler.read(reading.take(sample)))
                    _ = interpolating.take(sample)
                    let (byRecord, byEnds) = (reading.groups()[0].age, interpolating.groups()[0].age)
                    let isBehind = scene.committed < Int64(scene.made.count)
                    let truth =
                        isBehind
                        ? Double(sample.time.microseconds - scene.made[Int(scene.committed)]) / 1e6 : 0
                    let allowed = max(1, truth * 0.02)
                    if let lastLook {
                        longestGap = max(longestGap, Double((sample.time - lastLook).microseconds) / 1e6)
                    }
                    lastLook = sample.time
                    sources.insert(byRecord.source)
                    let errors = (
                        abs(try #require(byRecord.seconds) - truth), abs(try #require(byEnds.seconds) - truth)
                    )
                    #expect(errors.0 <= allowed, "\(name), tick \(tick): \(byRecord) for \(truth) s")
                    #expect(errors.1 <= max(allowed, longestGap), "\(name), tick \(tick): \(byEnds) for \(truth) s")
                    worst = (max(worst.read, errors.0), max(worst.interpolated, errors.1), max(worst.age, truth))
                }
                Thread.sleep(forTimeInterval: max(0, Double((end - .now).microseconds) / 1e6))
            }
            print(
                "lag seconds, \(name): ages up to \(worst.age) s; worst error \(worst.read) s by record, "
                    + "\(worst.interpolated) s interpolated")
            #expect(sources.isSubset(of: [.record, .nothingUnread]))
        }
        // The first look is of an empty topic: from then on ends are known.
        _ = try interpolating.take(sampler.look([watch], patience: .seconds(10)))
        try phase("constant", ticks: 100, produce: { _ in 20 }, read: 40)
        try phase("bursty", ticks: 120, produce: { $0.isMultiple(of: 30) ? 600 : 0 }, read: 50)
        try phase("stopped", ticks: 80, produce: { _ in 0 }, read: 30)
        try phase("stopped and read to the end", ticks: 30, produce: { _ in 0 }, read: 1000)
    }
}
