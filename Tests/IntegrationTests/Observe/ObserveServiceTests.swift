import Foundation
import Kafka
import Millrace
import Synchronization
import TestSupport
import Testing

@testable import MillraceWorker

/// The role `observe` beside the others, and when the broker goes.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
struct ObserveServiceTests {
    @Test func lagAndFreshnessArePostedUntilTheBrokerGoesAndThenTheTrouble() throws {
        // One of its own, since it is ended.
        let server = try KafkaServer()
        defer { server.stop(kill: true) }
        let harness = try IngestHarness(brokers: server.brokers, name: "observed") { pipeline in
            pipeline.features = [FeatureDeclaration(name: "amount", kind: .column("amount"))]
            pipeline.observe.interval = .milliseconds(300)
        }
        defer { harness.removeFolder() }
        try harness.produce(
            harness.pipeline.events.topics[0],
            (0..<600).map { (Int32($0 % 4), IngestHarness.event($0, seconds: Double($0) * 60)) })

        var options = Worker.Options()
        options.roles = [.ingest, .transform, .observe]
        let worker = Worker(pipeline: harness.pipeline, options: options, log: Log(level: .error) { _ in })
        let posted = Mutex<[ObservationBoard.Entry]>([])
        let board = worker.board
        let listener = board.subscribe { entry in posted.withLock { $0.append(entry) } }
        let stop = StopSignal()
        let isDone = DispatchSemaphore(value: 0)
        nonisolated(unsafe) let running = worker
        Thread {
            try? running.run(until: stop)
            isDone.signal()
        }.start()
        func waits(_ condition: (ObservationBoard.Entry) -> Bool) -> Bool {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                if let latest = board.latest, condition(latest) { return true }
                Thread.sleep(forTimeInterval: 0.05)
            }
            return false
        }
        #expect(
            waits { entry in
                entry.observation.group(of: .ingest)?.lag == 0
                    && entry.observation.freshness?.reached(.transformed)?.through != nil
            })
        let seen = try #require(board.latest)
        #expect(seen.observation.groups.map(\.role) == Role.stages)
        let ingest = try #require(seen.observation.group(of: .ingest))
        #expect(ingest.partitions.count == 4)
        #expect(ingest.partitions.allSatisfy { $0.committed == 150 && $0.owner != nil })
        #expect(ingest.state == "Stable" && ingest.members == 1 && ingest.verdict.code == .ok)
        let freshness = try #require(seen.observation.freshness)
        let newest = try #require(freshness.reached(.seen)?.through)
        let sealed = try #require(freshness.reached(.sealed))
        #expect(newest == IngestHarness.base + .seconds(599 * 60))
        #expect(try #require(sealed.through) < newest)
        #expect(sealed.behindSeconds == Double((newest - sealed.through!).microseconds) / 1e6)
        // Of an event time years ago, and sealed a moment ago.
        #expect(try #require(sealed.ageSeconds) > 1e8)
        #expect(try #require(sealed.unchangedSeconds) < 120)
        #expect(freshness.reached(.champion)?.through == nil)
        #expect(try #require(board.series.points[ingest.group]).count >= 2)

        server.stop(kill: true)
        #expect(waits { $0.observation.trouble != nil })
        #expect(board.latest?.observation.groups.count == 4)
        let began = ContinuousClock.now
        stop.set()
        #expect(isDone.wait(timeout: .now() + 20) == .success)
        #expect(ContinuousClock.now - began < .seconds(15))
        board.unsubscribe(listener)
        let sequences = posted.withLock { $0.map(\.observation.sequence) }
        #expect(sequences == sequences.sorted() && sequences.first == 1)
    }
}
