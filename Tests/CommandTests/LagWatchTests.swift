import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceCommand

/// `millrace lag --watch`, while brokers go and come back.
@Suite(.timeLimit(.minutes(4))) struct LagWatchTests {
    @Test func brokersThatDoNotAnswerAreNotItsEnd() throws {
        let stage = try StagedPipeline()
        try stage.stageThreeDays()
        let watch = try StartedProgram(
            ["lag", "--watch", "--interval", "500ms", "--brokers", stage.broker.brokers], in: stage.folder.url)
        func eventually(_ what: String, _ isTrue: () throws -> Bool) throws {
            let end = ContinuousClock.now + .seconds(60)
            while try !isTrue() {
                try #require(watch.isRunning, "it ended: \(watch.errorText)")
                try #require(ContinuousClock.now < end, "\(what): not in time. \(watch.errorText)")
                Thread.sleep(forTimeInterval: 0.1)
            }
        }
        func tables() -> Int { watch.outputText.components(separatedBy: "LOG-END-OFFSET").count - 1 }
        func silences() -> [Substring] {
            watch.errorText.split(separator: "\n").filter { $0.contains("the brokers have not answered since") }
        }
        try eventually("two tables") { tables() >= 2 }
        #expect(silences().isEmpty)
        try stage.broker.cluster.takeDown(broker: 1)
        let down = ContinuousClock.now
        try eventually("the silence") { silences().count >= 2 }
        // Longer than any single step waits.
        try eventually("ten seconds of it") { ContinuousClock.now - down > .seconds(12) }
        // The same moment, however long it lasts.
        let since = Set(silences().compactMap { $0.firstMatch(of: #/since ([^ ]+Z): /#)?.1 })
        #expect(since.count == 1)
        try stage.broker.cluster.bringUp(broker: 1)
        let before = tables()
        try eventually("tables again") { tables() >= before + 2 }
        watch.signal(SIGINT)
        #expect(try watch.wait().code == 0)
    }

    @Test func theScreenSaysThatItIsOldUntilItIsNot() throws {
        var screen = LagScreen()
        let time = try #require(Timestamp(rfc3339: "2026-01-01T00:00:00Z"))
        screen.show([], trouble: ["x"])
        #expect(screen.silenceText == nil && !screen.isComplete)
        screen.show([], trouble: [])
        #expect(screen.isComplete)
        screen.showSilence("nobody", at: time)
        screen.showSilence("still nobody", at: time + .seconds(5))
        #expect(screen.silenceText == "the brokers have not answered since 2026-01-01T00:00:00Z: still nobody")
        #expect(!screen.isComplete)
        screen.show([], trouble: [])
        #expect(screen.silenceText == nil && screen.isComplete)
    }
}
