import Foundation
import Kafka
import TestSupport
import Testing

/// Settings for clients of the shared real broker.
func realSettings(clientID: String = "tests") throws -> ClientSettings {
    var settings = ClientSettings(brokers: try KafkaServer.shared().brokers, clientID: clientID)
    settings.sessionTimeout = .seconds(10)
    settings.heartbeatInterval = .milliseconds(500)
    return settings
}

/// A name no other test uses.
func freshName(_ prefix: String) -> String { "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())" }

/// A topic of its own on the shared broker.
func freshTopic(partitions: Int = 1, configuration: [String: String] = [:]) throws -> String {
    let name = freshName("topic")
    let admin = try Admin(settings: realSettings())
    defer { admin.close() }
    try admin.createTopics([NewTopic(name, partitions: partitions, configuration: configuration)])
    return name
}

/// Values of a whole topic as the settings' isolation shows them, per partition.
func contents(of topic: String, settings: ClientSettings) throws -> [Int32: [String]] {
    var values: [Int32: [String]] = [:]
    try TopicFold(settings: settings, timeout: .seconds(30)).run(topic: topic) { message in
        values[message.partition.partition, default: []].append(message.message.valueText ?? "(tombstone)")
    }
    return values
}

/// Whether a topic comes to hold just these values. A commit is answered before its markers are in every partition, and
/// until then a reader of committed messages sees none of it.
func settles(_ topic: String, at values: [Int32: [String]], settings: ClientSettings) throws -> Bool {
    let end = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < end {
        if try contents(of: topic, settings: settings) == values { return true }
        Thread.sleep(forTimeInterval: 0.05)
    }
    return false
}

/// Records what a group gives and takes, and starts every partition where it is told.
final class RecordingHandler: RebalanceHandler {
    var assigned: [[TopicPartition]] = []
    var revoked: [[TopicPartition]] = []
    var wasLost: [Bool] = []
    var metadata: [GroupMetadata] = []
    var start: (TopicPartition) -> StartPosition
    var onRevoked: ([TopicPartition]) -> Void = { _ in }
    var failure: (any Error)?

    init(start: @escaping (TopicPartition) -> StartPosition = { _ in .beginning }) { self.start = start }

    func assigned(_ partitions: [TopicPartition], metadata: GroupMetadata) throws -> [PartitionStart] {
        if let failure { throw failure }
        assigned.append(partitions.sorted())
        self.metadata.append(metadata)
        return partitions.map { PartitionStart($0, start($0)) }
    }

    func revoked(_ partitions: [TopicPartition], lost: Bool) {
        onRevoked(partitions)
        revoked.append(partitions.sorted())
        wasLost.append(lost)
    }
}

/// Polls until a condition holds or the time is up; returns whether it held.
func poll(
    _ consumer: Consumer, into batch: MessageBatch, within timeout: Duration = .seconds(20),
    until condition: (MessageBatch) throws -> Bool
) throws -> Bool {
    let end = ContinuousClock.now + timeout
    while ContinuousClock.now < end {
        try consumer.poll(into: batch, timeout: .milliseconds(100))
        if try condition(batch) { return true }
    }
    return false
}

extension MessageBatch {
    /// Copies of all messages.
    var copies: [Message] { (0..<count).map { message(at: $0) } }
}

/// The codes of errors that a closure throws.
func thrownError(_ body: () throws -> Void) -> KafkaError? {
    do {
        try body()
        return nil
    } catch {
        return error as? KafkaError
    }
}
