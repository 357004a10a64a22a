import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

/// Each rule on a live pipeline: it fires for its cause, and nothing else does.
@Suite(.serialized, .timeLimit(.minutes(5))) struct LiveAlertTests {
    @Test func `A quarantined window is told once to topic and webhook, over restarts, and that it is over`() throws {
        let scene = try AlertScene("alerts-quarantine", patience: 0.05) { pipeline in
            pipeline.rules = [
                ValidationRule(name: "many", check: .rows(minimum: 110, maximum: nil), action: .quarantine)
            ]
        }
        scene.refuseWebhook(times: 2)
        let key = AlertKey(.windowQuarantined)
        try scene.produce(minutes: 0..<150)
        scene.start()
        try scene.produce(minutes: 150..<160)
        // The first hour has enough; the third has not.
        try scene.produce(minutes: 170..<260)
        #expect(try scene.fires(key))
        #expect(try scene.wait { scene.posted == ["firing \(key)"] })
        #expect(try scene.wait { try scene.book().untold.isEmpty })
        scene.stop()
        scene.start()
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
        let said = try scene.messages(.alerts).map(\.envelope)
        #expect(Set(said.map(\.id)).count == said.count)
        #expect(said.first?.subject == key.description && said.first?.source.hasSuffix("/observe") == true)
    }

    @Test func `A partition without events holds the windows up until it goes on`() throws {
        let scene = try AlertScene("alerts-sealing", patience: 0.02) { $0.windows.idle = .seconds(3600) }
        try scene.produce(minutes: 0..<180)
        scene.start()
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
        scene.start()
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
        let topic = scene.harness.pipeline.labels!.topics[0]
        try scene.produce(minutes: 0..<480)
        try scene.produce(
            (60..<480).map { minute in
                let time = IngestHarness.base + .seconds(minute * 60)
                return "{\"id\":\((minute - 50) * 2),\"reported\":\"\(time)\",\"fraud\":1}"
            }, to: topic)
        scene.start()
        #expect(try scene.wait { try scene.messages(.datasets).contains { $0.isA(LabelsArrived.self) } })
        try scene.produce(minutes: 480..<1800)
        #expect(try scene.fires(AlertKey(.labelsSilent)))
        #expect(try scene.fired() == [AlertKey(.labelsSilent)])
    }

    @Test func `A role that nobody runs, and one that reads too slowly`() throws {
        let scene = try AlertScene("alerts-lag", patience: 0.01, partitions: 1)
        let topic = scene.harness.pipeline.events.topics[0]
        try scene.produce(minutes: 0..<100, partitions: 0..<1)
        scene.start([.observe])
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
        let folder = scene.harness.pipeline.folder
        try scene.produce(minutes: 0..<300)
        try Data("in the way".utf8).write(to: URL(filePath: "\(folder)/slices"))
        scene.start()
        let failing = AlertKey(.roleFailing, "0/ingest")
        #expect(try scene.fires(failing))
        try FileManager.default.removeItem(atPath: "\(folder)/slices")
        #expect(try scene.isOver(failing))
        #expect(try scene.fired().subtracting([AlertKey(.partitionStopped, "ingest")]) == [failing])

        scene.closeBroker()
        #expect(try scene.wait { scene.posted.contains("firing \(AlertKey(.notObserving))") })
    }
}
