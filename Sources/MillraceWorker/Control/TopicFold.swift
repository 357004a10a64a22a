import Kafka

/// Reads a topic from its beginning (or from an offset) to its end, as committed.
enum TopicFold {
    /// - Parameter timeout: of silence: reading goes on for as long as there is something to read.
    static func read(
        _ topic: String, partition: Int32 = 0, from start: Int64? = nil, settings: ClientSettings,
        timeout: Duration = .seconds(30), _ body: (Message) throws -> Void
    ) throws {
        let consumer = try Consumer(settings: settings)
        defer { consumer.close(within: .seconds(5)) }
        let target = TopicPartition(topic, partition)
        try consumer.assign([PartitionStart(target, start.map { .offset($0) } ?? .beginning)])
        let batch = MessageBatch(capacity: 1000)
        var deadline = ContinuousClock.now + timeout
        var trouble: KafkaError?
        while ContinuousClock.now < deadline {
            try consumer.poll(into: batch, timeout: .milliseconds(100))
            for index in 0..<batch.count { try body(batch.message(at: index)) }
            if batch.count > 0 { deadline = .now + timeout }
            for event in batch.events {
                switch event {
                case .endOfPartition(let partition, _) where partition == target: return
                case .partitionFailed(_, let error) where !error.isRetriable: throw error
                case .partitionFailed(_, let error), .clientFailed(let error): trouble = error
                case .endOfPartition: break
                }
            }
        }
        throw trouble
            ?? KafkaError(
                code: .localTimedOut, message: "reading \(topic) to its end: nothing came for \(timeout)",
                isRetriable: true)
    }
}
