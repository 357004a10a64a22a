import Kafka
public import Millrace

/// Reads control topics from outside of any group: first what is there, then what comes.
public final class ControlReader {
    private let connection: PipelineConnection
    private var nextOffsets: [TopicPartition: Int64] = [:]
    private var arrows: [String: Arrow] = [:]
    private var consumer: Consumer?
    private let batch = MessageBatch(capacity: 1000)
    /// Messages that are no CloudEvents.
    public private(set) var unreadable = 0

    public init(_ connection: PipelineConnection) { self.connection = connection }

    deinit { consumer?.close(within: .seconds(2)) }

    /// Reads topics from their beginning to the end that they have now; one that does not exist yet is empty.
    /// - Parameter each: called a message, in the order of each topic.
    public func readAll(
        _ wanted: [Arrow], timeout: Duration = .seconds(60), each: (ControlRecord) throws -> Void
    ) throws {
        let names = Dictionary(uniqueKeysWithValues: wanted.map { ($0.topic(of: connection.pipeline.name), $0) })
        arrows.merge(names) { $1 }
        let known = try connection.admin.describeTopics(Array(names.keys))
        let starts = known.map { PartitionStart(TopicPartition($0.name, 0), .beginning) }
        let fold = Kafka.TopicFold(settings: connection.controlSettings(for: "fold"), timeout: timeout)
        let result = try fold.run(starts) { view in
            if let record = record(view.message) { try each(record) }
        }
        nextOffsets.merge(result.nextOffsets) { $1 }
    }

    /// Marks topics as read to their present end, without reading them.
    public func skipToEnd(_ wanted: [Arrow]) throws {
        let partitions = wanted.map { arrow in
            arrows[arrow.topic(of: connection.pipeline.name)] = arrow
            return TopicPartition(arrow.topic(of: connection.pipeline.name), 0)
        }
        let known = Set(try connection.admin.describeTopics(partitions.map(\.topic)).map(\.name))
        let marks = try connection.admin.watermarks(partitions.filter { known.contains($0.topic) })
        for partition in partitions { nextOffsets[partition] = marks[partition]?.high ?? 0 }
    }

    /// Waits for what comes after all that has been read.
    public func poll(timeout: Duration) throws -> [ControlRecord] {
        let consumer = try self.consumer ?? follow()
        self.consumer = consumer
        try consumer.poll(into: batch, timeout: timeout)
        return (0..<batch.count).compactMap { record(batch.message(at: $0)) }
    }

    private func follow() throws -> Consumer {
        let consumer = try Consumer(settings: connection.controlSettings(for: "follow"))
        try consumer.assign(
            nextOffsets.sorted { $0.key < $1.key }.map { PartitionStart($0.key, .offset($0.value)) })
        return consumer
    }

    private func record(_ message: Message) -> ControlRecord? {
        guard let arrow = arrows[message.partition.topic] else { return nil }
        do {
            return try ControlRecord(message, of: arrow)
        } catch {
            unreadable += 1
            return nil
        }
    }
}
