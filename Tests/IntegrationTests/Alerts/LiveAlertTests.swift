import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

/// Alerts of a live pipeline: for their cause, and nothing else.
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
}
