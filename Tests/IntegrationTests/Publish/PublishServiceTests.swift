import Foundation
import Kafka
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceLearning
@testable import MillraceWorker

/// The publish role in its loop, on the embedded broker.
@Suite(.serialized) struct PublishServiceTests {
    private let broker: EmbeddedCluster
    private let fixture: LearningFixture
    private let cluster: Cluster

    init() throws {
        broker = try EmbeddedCluster()
        fixture = try LearningFixture()
        for arrow in Arrow.allCases { try broker.createTopic(arrow.topic(of: "shop"), partitions: 1) }
        cluster = Cluster(fixture.pipeline, address: broker.brokers)
    }

    private func send(_ payloads: [any Payload], to arrow: Arrow) throws {
        let producer = try Producer(settings: cluster.controlSettings(for: "test"))
        for payload in payloads {
            func record(_ payload: some Payload) throws -> OutgoingRecord {
                try MessageCodec.encode(payload, pipeline: "shop", from: "/test", to: arrow)
            }
            try producer.send(record(payload))
        }
        try producer.flush()
        producer.close()
    }

    private func releases() throws -> [Release] {
        var releases: [Release] = []
        try TopicFold(settings: cluster.controlSettings(for: "test")).run(topic: Arrow.releases.topic(of: "shop")) {
            let headers = $0.message.headers.map(OutgoingRecord.Header.init)
            if let release = try Release(MessageCodec.decode(headers: headers, value: $0.message.value)) {
                releases.append(release)
            }
        }
        return releases
    }

    /// Runs one life of the role until the condition holds.
    private func serve(until condition: () throws -> Bool) throws -> Bool {
        let stop = StopSignal()
        let log = Log { _ in }
        let loop = ControlLoop(
            handler: PublishHandler(pipeline: fixture.pipeline, log: log), cluster: cluster, deadLetters: .init(),
            instance: "0", log: log, stop: stop, health: RoleHealth(role: .publish))
        let running = RunningService(loop)
        let deadline = ContinuousClock.now + .seconds(60)
        var holds = false
        while !holds, ContinuousClock.now < deadline {
            holds = try condition()
            Thread.sleep(forTimeInterval: 0.1)
        }
        stop.set()
        return running.wait(until: .now + .seconds(10)) && holds
    }

    @Test func modelsAndRequestsAreAnsweredOnceOverTwoLives() throws {
        let registry = Registry(fixture.pipeline)
        let (first, second) = (try fixture.train("run-1", .good), try fixture.train("run-2", .better))
        try send([first, first, second], to: .models)
        // The datasets come last: judging waits for them.
        try send(fixture.datasets, to: .datasets)
        #expect(try serve { try releases().count >= 2 && registry.alias("champion")?.version == 2 })

        try send([second], to: .models)
        try send([RollbackRequested(replaces: 2, requester: "ops", reason: "alerts doubled")], to: .requests)
        #expect(try serve { try registry.alias("champion")?.version == 1 })
        let found = try releases()
        #expect(found.map(\.verdict?.version) == [1, 2, 1])
        guard case .rolledBack? = found.last else { Issue.record("\(found)"); return }
        broker.close()
    }
}
