import Foundation
import Kafka
import Testing

/// A broker inside the test process, and what a test reads back from it.
final class EmbeddedBroker {
    let cluster: EmbeddedCluster
    var brokers: String { cluster.brokers }

    init(topics: [String: Int]) throws {
        cluster = try EmbeddedCluster()
        for (topic, partitions) in topics { try cluster.createTopic(topic, partitions: partitions) }
    }

    deinit { cluster.close() }

    /// All messages of a topic, by partition and offset.
    func read(_ topic: String) throws -> [Message] {
        var messages: [Message] = []
        try TopicFold(settings: cluster.settings(clientID: "test")).run(topic: topic) { messages.append($0.message) }
        return messages.sorted { ($0.partition, $0.offset) < ($1.partition, $1.offset) }
    }

    /// Commits offsets as a group would.
    func commit(_ group: String, _ offsets: [TopicPartition: Int64]) throws {
        let consumer = try Consumer(group: group, settings: cluster.settings(clientID: "test"))
        defer { consumer.close() }
        try consumer.commit(offsets.map { CommittedOffset($0.key, offset: $0.value) })
    }
}

extension Message {
    /// The value as a JSON object.
    var object: [String: Any] {
        get throws {
            let value = try #require(value)
            return try #require(try JSONSerialization.jsonObject(with: Data(value)) as? [String: Any])
        }
    }
}
