import Foundation
import Kafka
import TestSupport
import Testing

/// The simulation stands on a model of a cluster (Tests/Simulation); here its scripts run on a real one.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
struct ModelTests {
    @Test func aRealClusterAnswersTheScriptsAsTheModelDoes() throws {
        let found = BrokerScript.transcript(try realSettings(clientID: "script"), suffix: freshName("s"))
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Simulation/transcript.txt")
        let expected = try String(contentsOf: path, encoding: .utf8).split(separator: "\n").map(String.init)
        for (line, other) in zip(found, expected) where line != other {
            Issue.record("a real cluster says '\(line)', the model '\(other)'")
        }
        #expect(found.count == expected.count)
    }
}
