import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// Each rule on a live pipeline: it fires for its cause, and nothing else does.
@Suite(.onThreads(4), .timeLimit(.minutes(10))) struct LiveAlertTests {
    @Test func `A quarantined window is told once to topic and webhook, over restarts, and that it is over`() throws {
        let scene = try AlertScene("alerts-quarantine", patience: 0.05) { pipeline in
            pipeline.rules = [
                ValidationRule(name: "many", check: .rows(minimum: 110, maximum: nil), action: .quarantine)
            ]
        }
        scene.refuseWebhook(times: 2)
        let key = AlertKey(.windowQuarantined)
        try scene.produce(minutes: 0..<150)
        try scene.start()
        try scene.produce(minutes: 150..<160)
        // The first hour has enough; the third has not.
        try scene.produce(minutes: 170..<260)
        #expect(try scene.fires(key))
        #expect(try scene.wait { try scene.book().untold.isEmpty })
        scene.stop()
        try scene.start()
        let looks = ContinuousClock.now + .seconds(8)
        while ContinuousClock.now < looks { Thread.sleep(forTimeInterval: 0.5) }
        #expect(scene.posted == ["firing \(key)"])

        let quarantined = try #require(
            try scene.messages(.datasets).last { $0.isA(DatasetQuarantined.self) }?.payload(DatasetQuarantined.self))
        try scene.send(
            QuarantineRelease(window: quarantined.window, requester: "test", reason: "known"), to: .requests)
        #expect(try scene.isOver(key))
        #expect(try scene.wait { scene.posted == ["firing \(key)", "resolved \(key)"] })
        #expect(try scene.fired() == [key])
        let said = try scene.messages(.alerts).filter { !$0.isA(AlertObserved.self) }.map(\.envelope)
        #expect(Set(said.map(\.id)).count == said.count)
        #expect(said.first?.subject == key.description && said.first?.source.hasSuffix("/observe") == true)
    }

    @Test func `A partition without events holds the windows up until it goes on`() throws {
        let scene = try AlertScene("alerts-sealing", patience: 0.02) { $0.windows.idle = .seconds(3600) }
        try scene.produce(minutes: 0..<180)
        try scene.start()
        #expect(try scene.wait { try !scene.messages(.slices).isEmpty })
        try scene.produce(minutes: 180..<900, partitions: 0..<1)
        #expect(try scene.fires(AlertKey(.noSealedWindow)))
        try scene.produce(minutes: 180..<900, partitions: 1..<2)
        #expect(try scene.isOver(AlertKey(.noSealedWindow)))
        #expect(try scene.fired() == [AlertKey(.noSealedWindow)])
    }

    @Test func `Records that cannot be read, events that come late, and a feed that is renamed`() throws {
        let scene = try AlertScene("alerts-records", patience: 0.05)
        try scene.produce(minutes: 0..<600)
        try scene.start()
        #expect(try scene.wait { try scene.messages(.datasets).count >= 6 })
        // A tenth: not enough for ingest to stop.
        let bad = (0..<40).map { "{\"id\":\"\($0)\",\"when\":1}" }
        try scene.produce(minutes: 600..<800)
        try scene.produce(bad)
        #expect(try scene.fires(AlertKey(.deadLettersRising)))

        try scene.produce(minutes: 0..<30, ids: 1_000_000)
        var minute = 800
        #expect(
            try scene.fires(AlertKey(.lateEventsRising)) {
                try scene.produce(minutes: minute..<minute + 20)
                minute += 20
            })
        #expect(try scene.fired() == [AlertKey(.deadLettersRising), AlertKey(.lateEventsRising)])

        try scene.produce((0..<2000).map { "{\"identity\":\"\($0)\",\"when\":1}" })
        let paused = AlertKey(.ingestPaused, "0")
        #expect(try scene.fires(paused))
        // What is paused has unread data, too.
        let lag: Set = [AlertKey(.partitionStopped, "ingest"), AlertKey(.lagGrowing, "ingest")]
        #expect(
            try scene.fired().subtracting(lag)
                == [AlertKey(.deadLettersRising), AlertKey(.lateEventsRising), paused])
    }

    @Test func `Labels that stop coming`() throws {
        let scene = try AlertScene("alerts-labels", patience: 0.05, labels: true) { pipeline in
            pipeline.labels?.silentAfter = .seconds(6 * 3600)
            pipeline.labels?.maturity = .seconds(3600)
            pipeline.labels?.horizon = .seconds(4 * 3600)
        }
        try scene.produce(minutes: 0..<480)
        try scene.label(minutes: 60..<480) { ($0 - 50) * 2 }
        try scene.start()
        #expect(
            try scene.wait {
                try scene.messages(.datasets).contains { message in
                    try message.isA(LabelsArrived.self) && message.payload(LabelsArrived.self).labels > 0
                }
            })
        #expect(try scene.fired().isEmpty)
        try scene.produce(minutes: 480..<1800)
        #expect(try scene.fires(AlertKey(.labelsSilent)))
        #expect(try scene.fired() == [AlertKey(.labelsSilent)])
    }

    @Test func `A role that nobody runs, and one that reads too slowly`() throws {
        let scene = try AlertScene("alerts-lag", patience: 0.01, partitions: 1)
        let topic = scene.pipeline.events.topics[0]
        try scene.produce(minutes: 0..<100, partitions: 0..<1)
        try scene.start([.observe])
        let stopped = AlertKey(.partitionStopped, "ingest")
        #expect(try scene.fires(stopped))
        #expect(try scene.fired() == [stopped])

        // Somebody reads one record where ten come.
        var (minute, offset) = (100, Int64(0))
        #expect(
            try scene.fires(AlertKey(.lagGrowing, "ingest")) {
                try scene.produce(minutes: minute..<minute + 10, partitions: 0..<1)
                (minute, offset) = (minute + 10, offset + 1)
                try scene.commit(.ingest, [(topic, 0, offset)])
            })
        #expect(try scene.isOver(stopped))
        #expect(try scene.fired() == [stopped, AlertKey(.lagGrowing, "ingest")])
    }

    @Test func `A role that fails again and again, and brokers that do not answer`() throws {
        let scene = try AlertScene("alerts-failing", patience: 0.03)
        // Where slices are to be written there is a file.
        let folder = scene.pipeline.folder
        try scene.produce(minutes: 0..<300)
        try Data("in the way".utf8).write(to: URL(filePath: "\(folder)/slices"))
        try scene.start()
        let failing = AlertKey(.roleFailing, "0/ingest")
        #expect(try scene.fires(failing))
        try FileManager.default.removeItem(atPath: "\(folder)/slices")
        #expect(try scene.isOver(failing))
        #expect(try scene.fired().subtracting([AlertKey(.partitionStopped, "ingest")]) == [failing])

        scene.closeBroker()
        #expect(try scene.wait { scene.posted.contains("firing \(AlertKey(.notObserving))") })
    }

    @Test(.enabled(if: SmallDisk.isPossible, "only root may mount a file system of its own"))
    func `A disk that fills, until there is room again`() throws {
        let disk = try SmallDisk(megabytes: 64)
        let scene = try AlertScene("alerts-disk", patience: 0.02) { pipeline in
            try? FileManager.default.removeItem(atPath: pipeline.folder)
            pipeline.folder = "\(disk.path)/pipeline"
        }
        try scene.produce(minutes: 0..<300)
        try scene.start()
        let prometheus = try scene.prometheus()
        defer { prometheus?.stop() }
        /// Whether the rule that Prometheus evaluates says the same of the disk.
        func isTold(_ isFiring: Bool) throws -> Bool {
            guard let prometheus else { return true }
            return try scene.wait {
                let names = prometheus.firing()?.filter { $0["folder"] == "pipeline" }.compactMap { $0["alertname"] }
                return names == (isFiring ? ["MillraceDiskFilling"] : [])
            }
        }
        #expect(try scene.wait { try scene.messages(.slices).count >= 2 })
        if let prometheus {
            #expect(try scene.wait { prometheus.query("millrace_disk_free_bytes").contains("pipeline") })
        }
        #expect(try isTold(false))
        #expect(try scene.fired().isEmpty)

        let filling = AlertKey(.diskFilling, "0/pipeline")
        disk.fill(leaving: 0.05)
        #expect(try scene.fires(filling))
        #expect(try isTold(true))
        try scene.produce(minutes: 300..<600)
        #expect(try scene.wait { try scene.messages(.slices).count >= 6 })
        disk.empty()
        #expect(try scene.isOver(filling))
        #expect(try isTold(false))
        #expect(try scene.fired() == [filling])
    }

    @Test func `Labels of events that nobody has seen`() throws {
        let scene = try AlertScene("alerts-match", patience: 0.05, labels: true) { pipeline in
            pipeline.labels?.maturity = .seconds(3600)
            pipeline.labels?.horizon = .seconds(4 * 3600)
        }
        try scene.produce(minutes: 0..<480)
        try scene.label(minutes: 60..<480) { 1_000_000 + $0 }
        try scene.start()
        #expect(try scene.fires(AlertKey(.labelMatchLow)))
        try scene.produce(minutes: 480..<1200)
        try scene.label(minutes: 480..<1200) { ($0 - 50) * 2 }
        #expect(try scene.isOver(AlertKey(.labelMatchLow)))
        #expect(try scene.fired() == [AlertKey(.labelMatchLow)])
    }

    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
    func `Records that retention is about to remove before they are read, and then does`() throws {
        let server = try KafkaServer.shared()
        let scene = try AlertScene("alerts-retention", on: server, patience: 0.01)
        try scene.produce(minutes: 0..<1000, partitions: 0..<1)
        try scene.commit(.ingest, [(scene.events, 0, 10)])
        try scene.start([.observe])
        let (near, lost) = (AlertKey(.unreadNearRetention, "ingest"), AlertKey(.recordsLost, "ingest"))
        let stopped = AlertKey(.partitionStopped, "ingest")
        #expect(try scene.fires(stopped))
        #expect(try scene.fired() == [stopped])
        try server.deleteRecords(scene.events, 0, before: 5)
        #expect(try scene.fires(near))
        #expect(try scene.fired() == [stopped, near])
        try server.deleteRecords(scene.events, 0, before: 50)
        #expect(try scene.fires(lost))
        try scene.commit(.ingest, [(scene.events, 0, 1000)])
        for key in [near, lost, stopped] { #expect(try scene.isOver(key)) }
        #expect(try scene.fired() == [stopped, near, lost])
    }

    /// By the time anybody looks, ingest has committed behind them.
    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
    func `Records that were gone when ingest began`() throws {
        let server = try KafkaServer.shared()
        let scene = try AlertScene("alerts-gone", on: server, patience: 0.02)
        let lost = AlertKey(.recordsLost, "ingest")
        try scene.produce(minutes: 0..<240, partitions: 0..<1)
        try scene.start()
        let prometheus = try scene.prometheus()
        defer { prometheus?.stop() }
        #expect(try scene.wait { try !scene.messages(.slices).isEmpty })
        if let prometheus {
            #expect(try scene.wait { prometheus.query("millrace_records_lost_total").contains(#""0"]"#) })
        }
        scene.stop()
        #expect(try scene.fired().isEmpty)

        try scene.produce(minutes: 240..<480, partitions: 0..<1)
        try server.deleteRecords(scene.events, 0, before: 300)
        try scene.start([.ingest])
        func seals() throws -> [SliceSealed] {
            try scene.messages(.slices).filter { $0.isA(SliceSealed.self) }.map { try $0.payload(SliceSealed.self) }
        }
        #expect(try scene.wait { try seals().contains { $0.lost?.lastOffset == 299 } })
        scene.stop()
        try scene.start()
        #expect(try scene.fires(lost))
        if let prometheus {
            #expect(
                try scene.wait {
                    prometheus.firing()?.contains { $0["alertname"] == lost.alert && $0["role"] == lost.subject }
                        == true
                })
        }
        // Told within the hour, or 72 seconds here.
        #expect(try scene.isOver(lost))
        // A role that has just begun has unread data, too.
        let lag = Set(
            Role.stages.flatMap { [AlertKey(.partitionStopped, $0.rawValue), AlertKey(.lagGrowing, $0.rawValue)] })
        #expect(try scene.fired().subtracting(lag) == [lost])
    }

    @Test(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
    func `A member that holds a partition and reads nothing`() throws {
        let scene = try AlertScene("alerts-stalled", on: try KafkaServer.shared(), patience: 0.02)
        try scene.produce(minutes: 0..<100, partitions: 0..<1)
        try scene.commit(.ingest, [(scene.events, 0, 5)])
        let member = try scene.member(of: .ingest)
        defer { member.close() }
        try member.subscribe(to: [scene.events], handler: nil)
        let batch = MessageBatch(capacity: 10)
        #expect(try scene.wait { try member.poll(into: batch, timeout: .milliseconds(100)) > 0 })
        try scene.start([.observe])
        let stalled = AlertKey(.partitionStalled, "ingest")
        #expect(try scene.fires(stalled))
        try member.commit([CommittedOffset(TopicPartition(scene.events, 0), offset: 100)])
        #expect(try scene.isOver(stalled))
        #expect(try scene.fired() == [stalled])
    }

    @Test func `A version that waits for a person, a rollback, a run that fails, and an old champion`() throws {
        let name = "alerts-learning"
        let broker = try EmbeddedCluster()
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: name), partitions: 1) }
        let bench = try LearningBench(name: name, brokers: "embedded", address: broker.brokers) { pipeline in
            pipeline.triggers = []
            pipeline.gate.approval = .manual
            pipeline.training.attempts = 2
        }
        let scene = try AlertScene(bench, broker, patience: 0.01)
        // A run takes longer than the spans of those on lag are here.
        func fired() throws -> Set<AlertKey> {
            try scene.fired().filter { ![AlertRule.partitionStopped, .lagGrowing].map(\.rawValue).contains($0.alert) }
        }
        try bench.announce(days: 0..<30)
        try scene.start([.train, .publish, .observe])
        func retrain(_ reason: String) throws {
            try scene.send(RetrainRequested(reason: reason, requester: "test"), to: .retrain)
        }
        try retrain("the first")
        #expect(try scene.fires(AlertKey(.approvalWaiting)))
        try scene.send(PromoteRequested(version: 1, replaces: nil, requester: "test", reason: "good"), to: .requests)
        #expect(try scene.isOver(AlertKey(.approvalWaiting)))
        #expect(try fired() == [AlertKey(.approvalWaiting)])

        try retrain("the second")
        #expect(try scene.wait { try bench.releases().contains { $0.verdict?.version == 2 } })
        try scene.send(
            PromoteRequested(version: 2, replaces: 1, requester: "test", reason: "try", force: true), to: .requests)
        #expect(try scene.wait { try scene.messages(.releases).count { $0.isA(ModelPublished.self) } == 2 })
        try scene.send(RollbackRequested(replaces: 2, requester: "test", reason: "worse"), to: .requests)
        #expect(try scene.fires(AlertKey(.rolledBack)))
        #expect(try fired() == [AlertKey(.approvalWaiting), AlertKey(.rolledBack)])

        try Self.damage(bench.folder + "/datasets")
        try retrain("the third")
        #expect(try scene.fires(AlertKey(.runFailed)))
        // Told within the hour, or 36 seconds here.
        for key in [AlertKey(.rolledBack), AlertKey(.runFailed)] { #expect(try scene.isOver(key)) }
        #expect(
            try fired() == [AlertKey(.approvalWaiting), AlertKey(.rolledBack), AlertKey(.runFailed)])
        let published = try #require(try scene.messages(.releases).first { $0.isA(ModelPublished.self) })
        try Self.growOld(try published.payload(ModelPublished.self).verdict)
    }

    /// A pipeline whose champion is that of another, from the day before yesterday, and whose events have gone on for a
    /// hundred days.
    private static func growOld(_ verdict: Verdict) throws {
        let scene = try AlertScene("alerts-stale", patience: 0.002) { $0.alerts.mute = [.partitionStopped] }
        var verdict = verdict
        let newest = verdict.model.plan.training.end + .seconds(100 * 86_400)
        let file = FileReference(path: "none", bytes: 0, sha256: "0")
        try scene.send(
            SliceSealed(
                kind: .events, topic: scene.events, partition: 0, partitionCount: 1, sequence: 0,
                sealedThrough: newest, watermark: newest, slices: [], firstOffset: 0, nextOffset: 1, late: 0,
                duplicates: 0, dead: 0, moved: 0, idle: nil,
                replay: .init(rewindOffset: 1, snapshotOffset: 1, watermark: newest, sealedThrough: newest),
                ledger: file), to: .slices)
        try scene.send(ModelPublished(verdict), to: .releases, ago: .seconds(2 * 86_400))
        try scene.start([.observe])
        #expect(try scene.fires(AlertKey(.championStale)))
        let training = verdict.model.plan.training
        verdict.championBefore = verdict.version
        verdict.version += 1
        verdict.champion = verdict.version
        verdict.run += "-again"
        verdict.model.plan.training = Window(
            start: training.start + .seconds(99 * 86_400), end: training.end + .seconds(99 * 86_400))
        try scene.send(ModelPublished(verdict), to: .releases)
        #expect(try scene.isOver(AlertKey(.championStale)))
        #expect(try scene.fired() == [AlertKey(.championStale)])
    }

    private static func damage(_ folder: String) throws {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        for name in names where name.hasSuffix(".npy") {
            try Data("damaged".utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }
    }
}
