import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

@Suite("Ingest on a real broker", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized)
struct IngestServiceTests {
    private func harness(_ name: String, labels: Bool = false, adjust: (inout Pipeline) -> Void = { _ in }) throws
        -> IngestHarness
    {
        try IngestHarness(brokers: KafkaServer.shared().brokers, name: name, labels: labels, adjust: adjust)
    }

    private func rows(_ seals: [SliceSealed]) -> Int { seals.flatMap(\.slices).reduce(0) { $0 + $1.rows } }

    private func seconds(_ index: Int, _ partition: Int) -> Double {
        Double(index) * 18 + Double((index * 7 + partition) % 5) * 20
    }

    /// The events of `events(hours:)` before an hour.
    private func count(before hour: Int) -> Int {
        (0..<hour * 200).reduce(0) { sum, index in
            sum + (0..<4).reduce(0) { $0 + (seconds(index, $1) < Double(hour) * 3600 ? 1 : 0) }
        }
    }

    /// Events of `hours` in four partitions, `perHour` in each, slightly out of order.
    private func events(hours: Range<Int>, perHour: Int = 200) -> [(partition: Int32, value: [UInt8]?)] {
        var values: [(partition: Int32, value: [UInt8]?)] = []
        for index in hours.lowerBound * perHour..<hours.upperBound * perHour {
            for partition in 0..<4 {
                values.append(
                    (Int32(partition), IngestHarness.event(index * 4 + partition, seconds: seconds(index, partition))))
            }
        }
        return values
    }

    @Test("seals every window once, with rows, ledgers, commits and lag that agree")
    func sealsEverything() throws {
        let harness = try harness("seals")
        defer { harness.removeFolder() }
        try harness.produce(harness.pipeline.events.topics[0], events(hours: 0..<10))
        let isDone = try harness.run {
            try harness.seals().filter { $0.sealedThrough >= IngestHarness.base + .seconds(9 * 3600) }.count >= 4
        }
        #expect(isDone)
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        #expect(rows(seals) == count(before: 9))
        let admin = try Admin(settings: harness.cluster.settings(for: "test"))
        defer { admin.close() }
        let group = Role.ingest.group(of: harness.pipeline.name)
        let partitions = (0..<4).map { TopicPartition(harness.pipeline.events.topics[0], $0) }
        let committed = try admin.committedOffsets(of: group, partitions: partitions)
        #expect(committed.count == 4)
        for offset in committed.values {
            #expect(offset.offset == 2000)
            #expect(ResumeNote(offset.metadata)?.sequence != nil)
        }
    }

    @Test("goes on after a restart where it was, as if nothing had happened")
    func restart() throws {
        let harness = try harness("restart")
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        for part in 0..<4 {
            try harness.produce(topic, events(hours: part * 3..<part * 3 + 3))
            let through = IngestHarness.base + .seconds((part * 3 + 2) * 3600)
            #expect(try harness.run { try harness.seals().filter { $0.sealedThrough >= through }.count >= 4 })
        }
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        #expect(rows(seals) == count(before: 11))
    }

    @Test("sets bad records aside with their reason, and dead letters once only")
    func deadLetters() throws {
        let harness = try harness("dead")
        defer { harness.removeFolder() }
        var values = events(hours: 0..<4)
        values.insert((0, Array("{\"id\":1,\"time\":".utf8)), at: 100)
        values.insert((1, nil), at: 200)
        values.insert(
            (2, Array("{\"id\":1,\"time\":\"2018-04-01T00:30:00Z\",\"amount\":1.234,\"customer\":7}".utf8)), at: 300)
        values.insert((3, IngestHarness.event(5, seconds: 3600 * 24 * 30)), at: 400)
        try harness.produce(harness.pipeline.events.topics[0], values)
        let through = IngestHarness.base + .seconds(3 * 3600)
        for _ in 0..<2 {
            #expect(try harness.run { try harness.seals().filter { $0.sealedThrough >= through }.count >= 4 })
        }
        let letters = try harness.deadLetters().sorted { $0.partition < $1.partition }
        #expect(letters.map(\.code) == ["bad-json", "tombstone", "too-precise", "future"])
        #expect(letters[0].value == Array("{\"id\":1,\"time\":".utf8))
        #expect(letters[2].message.contains("amount"))
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        #expect(seals.reduce(0) { $0 + $1.dead } == 4)
    }

    @Test("seals an idle partition through what the others have reached, and says so")
    func idle() throws {
        let harness = try harness("idle")
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, events(hours: 0..<2))
        try harness.produce(topic, events(hours: 2..<6).filter { $0.partition != 2 })
        let through = IngestHarness.base + .seconds(5 * 3600)
        var next = 6 * 200
        // Partition 2 is idle; the others go on.
        let isDone = try harness.run {
            try harness.produce(
                topic,
                [0, 1, 3].map { (Int32($0), IngestHarness.event(next * 4 + $0, seconds: Double(next) * 18)) })
            next += 1
            return try harness.seals().contains { $0.partition == 2 && $0.sealedThrough >= through }
        }
        #expect(isDone)
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        let idle = seals.filter { $0.idle != nil }
        #expect(!idle.isEmpty && idle.allSatisfy { $0.partition == 2 })
    }

    @Test("seals a quiet partition of a fresh pipeline whose busy one another process reads")
    func idleBesideAnother() throws {
        let harness = try IngestHarness(
            brokers: KafkaServer.shared().brokers, name: "beside", partitions: 2)
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        let through = IngestHarness.base + .seconds(5 * 3600)
        let admin = try Admin(settings: harness.cluster.settings(for: "test"))
        defer { admin.close() }
        let group = Role.ingest.group(of: harness.pipeline.name)
        var next = 0
        var areShared = false
        let isDone = try harness.run(instance: "a", within: .seconds(90)) {
            try harness.run(instance: "b", within: .seconds(90)) {
                // Nothing is sealed before each has one, so neither knows anything of the other's.
                let members = areShared ? [] : try admin.describeGroup(group).members
                areShared = areShared || members.filter { $0.partitions.count == 1 }.count == 2
                guard areShared else { return false }
                try harness.produce(
                    topic, (next..<next + 40).map { (0, IngestHarness.event($0, seconds: Double($0) * 18)) })
                next += 40
                return try harness.seals().contains { $0.partition == 1 && $0.sealedThrough >= through }
            }
        }
        #expect(isDone)
        let seals = try harness.seals()
        #expect(try harness.audit(seals) == [])
        #expect(seals.filter { $0.partition == 1 }.allSatisfy { $0.idle != nil })
    }

    @Test("pauses, with nothing committed, when most of a batch cannot be read")
    func unreadable() throws {
        let harness = try harness("rename")
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        try harness.produce(topic, (0..<400).map { (0, Array("{\"tx\":\($0)}".utf8)) })
        let stop = StopSignal()
        let service = IngestService(
            pipeline: harness.pipeline, cluster: harness.cluster, instance: "0",
            log: Log(level: .error, write: { _ in }),
            stop: stop)
        let running = RunningService(service)
        let end = ContinuousClock.now + .seconds(30)
        while service.status.paused == nil, ContinuousClock.now < end { Thread.sleep(forTimeInterval: 0.1) }
        Thread.sleep(forTimeInterval: 3)
        #expect(service.status.paused?.hasPrefix("unreadable: 400 of 400") == true)
        stop.set()
        #expect(running.wait(until: .now + .seconds(10)))
        #expect(try harness.deadLetters().isEmpty)
    }

    @Test("makes labels known at the later of report and record, and never late")
    func labels() throws {
        let harness = try harness("labels", labels: true)
        defer { harness.removeFolder() }
        try harness.produce(harness.pipeline.events.topics[0], events(hours: 0..<6))
        let topic = try #require(harness.pipeline.labels?.topics[0])
        let stamp = (IngestHarness.base + .seconds(3600 * 2)).microseconds / 1000
        let labels: [(partition: Int32, value: [UInt8]?)] = (0..<40).map { index in
            let reported = IngestHarness.base + .seconds(index < 20 ? 600 : 3 * 3600 + index)
            let value = ["1", "0", "null"][index % 3]
            return (
                Int32(index % 4), Array("{\"id\":\"\(index)\",\"reported\":\"\(reported)\",\"fraud\":\(value)}".utf8)
            )
        }
        try harness.produce(topic, labels, timestamp: stamp)
        var next = 6 * 200
        let through = IngestHarness.base + .seconds(5 * 3600)
        let isDone = try harness.run {
            try harness.produce(
                harness.pipeline.events.topics[0],
                (0..<4).map { (Int32($0), IngestHarness.event(next * 4 + $0, seconds: Double(next) * 18)) })
            next += 1
            return try harness.seals().filter { $0.kind == .labels && $0.sealedThrough >= through }.count >= 4
        }
        #expect(isDone)
        let seals = try harness.seals().filter { $0.kind == .labels }
        #expect(try harness.audit(seals) == [])
        var rows: [(known: Int64, value: Int64?)] = []
        for slice in seals.flatMap(\.slices) {
            let table = try SliceFile.read(
                slice.file, folder: harness.pipeline.folder, columns: LabelSource.sliceColumns
            )
            .table
            rows += table.times.indices.map { (table.times[$0], table.values[3].integer($0)) }
        }
        #expect(rows.count == 40)
        #expect(Set(rows.map(\.value)) == [1, 0, -1])
        #expect(rows.allSatisfy { $0.known >= stamp * 1000 })
        #expect(rows.filter { $0.known == stamp * 1000 }.count == 20)
    }
}
