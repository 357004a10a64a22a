import Foundation
import Kafka
import Millrace
import Testing

@testable import MillraceWorker

@Suite("Before a worker starts") struct TopicSetupTests {
    @Test("a control topic of more than one partition is refused, with its name and what to do")
    func dividedControlTopic() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try IngestHarness(embedded: broker, name: "divided", partitions: 2) { arrow in
            arrow == .retrain ? 3 : 1
        }
        defer { harness.removeFolder() }
        let setup = TopicSetup(pipeline: harness.pipeline, cluster: harness.cluster, log: harness.log)
        let error = #expect(throws: WorkerError.self) { try setup.await(stop: StopSignal()) }
        #expect(error?.code == .invalidTopic)
        #expect(error?.message.contains("millrace.divided.retrain, found 3") == true)
    }

    @Test("whole control topics and the sources are all it waits for")
    func ready() throws {
        let broker = try EmbeddedCluster()
        defer { broker.close() }
        let harness = try IngestHarness(embedded: broker, name: "whole", partitions: 2)
        defer { harness.removeFolder() }
        let setup = TopicSetup(pipeline: harness.pipeline, cluster: harness.cluster, log: harness.log)
        #expect(try setup.await(stop: StopSignal()))
    }
}
