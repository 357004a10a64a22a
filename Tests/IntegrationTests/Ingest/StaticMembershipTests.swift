import Foundation
import Kafka
import Millrace
import Synchronization
import TestSupport
import Testing

@testable import MillraceWorker

@Suite("Static members on a real broker", .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason))
struct StaticMembershipTests {
    /// How often a process was given partitions, by its log.
    private final class Assignments: Sendable {
        private let lines = Mutex<[String]>([])
        var count: Int { lines.withLock { $0.count } }
        /// The partitions of the last: `topic[0] topic[1]`.
        var last: [Substring] {
            let line = lines.withLock { $0.last ?? "" }
            return line.split(whereSeparator: { $0 == " " || $0 == "\"" || $0 == "=" }).filter { $0.hasSuffix("]") }
        }

        var log: Log {
            Log(level: .info) { line in
                if line.contains("took partitions over") { self.lines.withLock { $0.append(line) } }
            }
        }
    }

    private func start(
        _ harness: IngestHarness, _ instance: String, _ assignments: Assignments
    ) -> (service: RunningService, stop: StopSignal) {
        let stop = StopSignal()
        let service = IngestService(
            pipeline: harness.pipeline, cluster: harness.cluster, instance: instance, log: assignments.log, stop: stop)
        return (RunningService(service), stop)
    }

    private func wait(_ condition: () throws -> Bool) rethrows -> Bool {
        let end = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < end {
            if try condition() { return true }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return false
    }

    @Test("a restarted process takes its own partitions again, and no other gives any up")
    func restart() throws {
        let harness = try IngestHarness(
            brokers: KafkaServer.shared().brokers, name: "static", partitions: 4,
            adjust: {
                $0.kafka.staticMembership = true
                // However slow the machine, the session outlasts the restart.
                $0.kafka.client["session.timeout.ms"] = "45000"
            })
        defer { harness.removeFolder() }
        let admin = try Admin(settings: harness.cluster.settings(for: "test"))
        defer { admin.close() }
        let group = Role.ingest.group(of: harness.pipeline.name)
        let (first, second) = (Assignments(), Assignments())
        let a = start(harness, "a", first)
        defer {
            a.stop.set()
            _ = a.service.wait(until: .now + .seconds(20))
        }
        let b = start(harness, "b", second)
        let areShared = try wait {
            let members = try admin.describeGroup(group).members
            return members.count == 2 && members.allSatisfy { $0.partitions.count == 2 }
        }
        #expect(areShared)
        #expect(wait { first.last.count == 2 && second.last.count == 2 })
        let (ofA, ofB, partitions) = (first.count, second.count, second.last)

        b.stop.set()
        #expect(b.service.wait(until: .now + .seconds(20)))
        let again = start(harness, "b", second)
        #expect(wait { second.count > ofB })
        #expect(second.last == partitions)
        #expect(first.count == ofA)
        again.stop.set()
        #expect(again.service.wait(until: .now + .seconds(20)))
    }
}
