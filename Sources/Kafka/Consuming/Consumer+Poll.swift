internal import Crdkafka

extension Consumer {
    /// Waits for messages, at most for `timeout`, and takes all that are there into the batch, as far as they fit.
    /// Releases what the batch held before.
    ///
    /// Returns at the first messages rather than waiting for a full batch, and after every rebalance. Runs the
    /// rebalance handler. Partition errors and ends are `batch.events`.
    ///
    /// - Parameter maximum: the most messages to take; the batch's capacity if that is less.
    /// - Returns: the number of messages in the batch.
    /// - Throws: what the rebalance handler threw, or the client's fatal error. Neither loses the batch.
    @discardableResult
    public func poll(into batch: MessageBatch, maximum: Int = .max, timeout: Duration) throws -> Int {
        batch.release()
        lent = batch
        let limit = min(maximum, batch.capacity)
        context.revokedInPoll.removeAll(keepingCapacity: true)
        context.assignedInPoll.removeAll(keepingCapacity: true)

        let received =
            LibraryVersion.running.batchQueueIsSafe
            ? receiveBatch(batch.messages, limit: limit, timeout: timeout)
            : receiveSingly(batch.messages, limit: limit, timeout: timeout)
        let rebalanced = !context.revokedInPoll.isEmpty || !context.assignedInPoll.isEmpty
        if rebalanced { restartAssigned() }
        batch.fill(received: received, table: &table, revoked: context.revokedInPoll)
        if rebalanced, received > 0 { try repositionAssigned() }

        var fatal: KafkaError?
        for error in context.takeErrors() {
            if error.isFatal { fatal = error }
            batch.events.append(.clientFailed(error))
        }
        if let failure = context.failure {
            context.failure = nil
            throw failure
        }
        if let fatal { throw fatal }
        return batch.count
    }

    /// The library's batch call waits its whole timeout for a last, partial batch: so it never gets one.
    private func receiveBatch(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, limit: Int, timeout: Duration
    ) -> Int {
        let ready = rd_kafka_consume_batch_queue(queue, 0, messages, limit)
        if ready > 0 || hasRebalanced { return max(0, ready) }
        guard let first = rd_kafka_consumer_poll(pointer, Int32(timeout.wholeMilliseconds)) else { return 0 }
        messages[0] = first
        guard limit > 1, !hasRebalanced else { return 1 }
        return 1 + max(0, rd_kafka_consume_batch_queue(queue, 0, messages + 1, limit - 1))
    }

    private func receiveSingly(
        _ messages: UnsafeMutablePointer<UnsafeMutablePointer<rd_kafka_message_t>?>, limit: Int, timeout: Duration
    ) -> Int {
        var received = 0
        var wait = Int32(timeout.wholeMilliseconds)
        while received < limit, !hasRebalanced, let message = rd_kafka_consumer_poll(pointer, wait) {
            messages[received] = message
            received += 1
            wait = 0
        }
        return received
    }

    private var hasRebalanced: Bool { !context.revokedInPoll.isEmpty || !context.assignedInPoll.isEmpty }

    /// A partition given up and taken over again starts where its handler said, whatever was delivered before.
    private func restartAssigned() {
        for start in context.assignedInPoll { table.expect(start.partition) }
    }

    /// When one call both gave a partition up and got it back, its messages of before and after cannot be told apart
    /// and have all been dropped. So it is read again from its start.
    private func repositionAssigned() throws {
        let again = context.assignedInPoll.filter { context.revokedInPoll.contains($0.partition) }
        guard !again.isEmpty else { return }
        let list = TopicPartitionList(again)
        try KafkaError.check(rd_kafka_seek_partitions(pointer, list.pointer, 5000), "reading \(again) again")
    }
}
