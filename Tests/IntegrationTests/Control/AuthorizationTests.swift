import Foundation
import Kafka
import Millrace
import TestSupport
import Testing

@testable import MillraceWorker

/// A broker that asks who one is, and what one may do: SASL/PLAIN on loopback, with Kafka's own authorizer.
@Suite(
    .enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .serialized, .timeLimit(.minutes(4)))
struct AuthorizationTests {
    private static func guarded() throws -> KafkaServer {
        let module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        return try KafkaServer(properties: [
            "listener.security.protocol.map": "PLAINTEXT:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "listener.name.plaintext.plain.sasl.jaas.config":
                "\(module) username=\"admin\" password=\"admin-word\" user_admin=\"admin-word\" "
                + "user_worker=\"worker-word\";",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:admin;User:ANONYMOUS",
        ])
    }

    private func client(_ user: String, _ password: String) -> [String: String] {
        [
            "security.protocol": "sasl_plaintext", "sasl.mechanism": "PLAIN", "sasl.username": user,
            "sasl.password": password,
        ]
    }

    @Test("what may not be read is named with what is to be granted, and read once it is; a wrong password is said")
    func refused() throws {
        let server = try Self.guarded()
        defer { server.stop(kill: true) }
        let harness = try IngestHarness(brokers: server.brokers, name: "guarded", partitions: 1) {
            $0.kafka.client = client("admin", "admin-word")
        }
        defer { harness.removeFolder() }
        let topic = harness.pipeline.events.topics[0]
        let command = server.directory.appending(path: "admin.properties")
        try """
        security.protocol=SASL_PLAINTEXT
        sasl.mechanism=PLAIN
        sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="admin" \
        password="admin-word";
        """.write(to: command, atomically: true, encoding: .utf8)
        func permissions(_ arguments: String...) throws {
            try server.tool("kafka-acls", ["--command-config", command.path] + arguments)
        }
        try permissions(
            "--add", "--allow-principal", "User:worker", "--operation", "All", "--topic", "*", "--group", "*",
            "--transactional-id", "*", "--cluster")
        try permissions("--add", "--deny-principal", "User:worker", "--operation", "Read", "--topic", topic)
        try harness.produce(
            topic, (0..<240).map { (Int32(0), IngestHarness.event($0, seconds: Double($0) * 60)) },
            timestamp: IngestHarness.base.microseconds / 1000)
        let end = ContinuousClock.now + .seconds(150)
        func wait(_ worker: BrokerTroubleTests.Running, _ what: String, until isTrue: () throws -> Bool) throws {
            while try !isTrue() {
                try #require(ContinuousClock.now < end, "\(what): \(worker.said.all.suffix(2000))")
                Thread.sleep(forTimeInterval: 0.2)
            }
        }

        var pipeline = harness.pipeline
        pipeline.kafka.client = client("worker", "another-word")
        let stranger = BrokerTroubleTests.Running(pipeline, roles: [.ingest])
        defer { stranger.end() }
        try wait(stranger, "the refusal of the password") {
            stranger.said.all.lowercased().contains("authentication failed")
        }
        #expect(!stranger.said.all.contains("another-word"))
        stranger.end()
        #expect(stranger.wait())

        pipeline.kafka.client = client("worker", "worker-word")
        let worker = BrokerTroubleTests.Running(pipeline, roles: [.ingest])
        defer { worker.end() }
        try wait(worker, "the refusal") { worker.failure(of: .ingest)?.contains("TOPIC_AUTHORIZATION_FAILED") == true }
        let detail = worker.failure(of: .ingest) ?? worker.said.all
        #expect(detail.contains(topic), "\(detail)")
        #expect(detail.contains("READ"), "\(detail)")
        #expect(try harness.seals().isEmpty)
        try permissions(
            "--remove", "--force", "--deny-principal", "User:worker", "--operation", "Read", "--topic", topic)
        let through = IngestHarness.base + .seconds(2 * 3600)
        try wait(worker, "seals, once it may read") { try harness.seals().contains { $0.sealedThrough >= through } }
        worker.end()
        #expect(worker.wait())
        #expect(try harness.audit(harness.seals()) == [])
    }
}
