internal import Crdkafka

/// Reads topics from somewhere to the end that stood when the reading began: how a role learns from the log what has
/// been decided.
///
/// With `read_committed` the end is the last stable offset: what a transaction still open has written is not there yet.
/// So whoever may have left a transaction open is fenced first (`TransactionalProducer.initialise`).
public struct TopicFold {
    /// Where a fold ended.
    public struct Result: Sendable, Equatable {
        /// The first offset not folded, of every partition.
        public var nextOffsets: [TopicPartition: Int64] = [:]
        public var messageCount = 0
    }

    public var settings: ClientSettings
    /// How long it may go on without a message or an end: a long topic takes its time.
    public var timeout: Duration

    public init(settings: ClientSettings, timeout: Duration = .seconds(60)) {
        self.settings = settings
        self.timeout = timeout
    }

    /// Folds all partitions of a topic, from the beginning.
    ///
    /// - Parameter each: called per message; partitions in parallel, each in offset order.
    /// - Throws: what `each` throws; an error naming topic, positions and ends when nothing has come for too long; a partition's own
    ///   error if it is not a passing one.
    @discardableResult
    public func run(topic: String, each: (MessageView) throws -> Void) throws -> Result {
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        let description = try admin.describeTopic(topic, timeout: min(timeout, settings.requestTimeout))
        return try run(
            (0..<Int32(description.partitionCount)).map { PartitionStart(.init(topic, $0), .beginning) }, each: each)
    }

    /// Folds these partitions, each from its position: `.beginning` or an offset, which must still be there.
    @discardableResult
    public func run(_ starts: [PartitionStart], each: (MessageView) throws -> Void) throws -> Result {
        guard !starts.isEmpty else { return Result() }
        let consumer = try Consumer(settings: settings)
        defer { consumer.close() }
        let ends = try consumer.endOffsets(starts.map(\.partition), timeout: timeout)
        var progress = FoldProgress(starts: starts, ends: ends)
        guard !progress.isComplete else { return progress.result }
        try consumer.assign(starts.filter { progress.isOpen($0.partition) })

        let batch = MessageBatch(capacity: 2000)
        var patience = FoldPatience(timeout, from: .now)
        while !progress.isComplete {
            let remaining = patience.remaining(at: .now)
            guard remaining > .zero else {
                throw KafkaError(
                    code: .localTimedOut, message: "folding came no further for \(timeout): \(progress)",
                    isRetriable: true)
            }
            try consumer.poll(into: batch, timeout: min(remaining, .milliseconds(500)))
            for group in batch.groups {
                for index in group.range where progress.takes(group.partition, batch.offset(at: index)) {
                    try each(MessageView(batch, index, partition: group.partition))
                }
            }
            for event in batch.events { try progress.handle(event) }
            let closed = progress.takeClosed()
            if !batch.isEmpty || !closed.isEmpty { patience.renew(at: .now) }
            try consumer.pause(closed)
        }
        return progress.result
    }
}
