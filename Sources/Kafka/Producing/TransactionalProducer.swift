internal import Crdkafka

/// A producer whose messages, and the offsets it consumed, become visible together or not at all.
///
/// Its transactional id is stable per instance and role: `initialise` fences whoever had it before and ends what they
/// left open. Calls throw `KafkaError` whose `kind` says what to do: `retriable` and `indefinite`, the same call again;
/// `abortable`, `abort` and begin anew; `fenced` and `fatal`, close.
public final class TransactionalProducer: Producer {
    public let transactionalID: String
    /// A transaction has been begun and neither committed nor aborted.
    public private(set) var isInTransaction = false

    public init(transactionalID: String, settings: ClientSettings) throws {
        self.transactionalID = transactionalID
        try super.init(settings: settings, transactionalID: transactionalID)
    }

    /// Takes the transactional id over. To be called once, before anything is sent and before topics are read whose
    /// earlier writer may have died in a transaction.
    public func initialise(within deadline: Duration = .seconds(60)) throws {
        try retrying(until: deadline, "initialising transactions of \(transactionalID)") { milliseconds in
            rd_kafka_init_transactions(pointer, milliseconds)
        }
    }

    public func begin() throws {
        try KafkaError.check(rd_kafka_begin_transaction(pointer), "beginning a transaction of \(transactionalID)")
        isInTransaction = true
    }

    /// Adds consumed offsets to the transaction, under the membership they were consumed with.
    public func sendOffsets(
        _ offsets: [CommittedOffset], metadata: GroupMetadata, within deadline: Duration = .seconds(60)
    ) throws {
        guard !offsets.isEmpty else { return }
        let list = TopicPartitionList(offsets)
        let listPointer = list.pointer
        try retrying(until: deadline, "adding offsets to a transaction of \(transactionalID)") { milliseconds in
            rd_kafka_send_offsets_to_transaction(pointer, listPointer, metadata.pointer, milliseconds)
        }
        withExtendedLifetime(list.count) {}
    }

    /// Waits for all messages, then makes the transaction visible. A message that failed makes this throw an
    /// `abortable` error.
    ///
    /// An `indefinite` error leaves the outcome open: call again until it answers.
    public func commit(within deadline: Duration = .seconds(60)) throws {
        try retrying(until: deadline, "committing a transaction of \(transactionalID)") { milliseconds in
            rd_kafka_commit_transaction(pointer, milliseconds)
        }
        isInTransaction = false
    }

    /// Ends the transaction as if it had never been. Harmless when none is open.
    public func abort(within deadline: Duration = .seconds(60)) throws {
        guard isInTransaction else { return }
        // Aborting right after the first message can be fatal (INVALID_TXN_STATE): the partition may not have been
        // added to the transaction yet. A failing flush changes nothing: what is aborted need not arrive.
        _ = rd_kafka_flush(pointer, Int32(min(deadline, .seconds(10)).wholeMilliseconds))
        try retrying(until: deadline, "aborting a transaction of \(transactionalID)") { milliseconds in
            rd_kafka_abort_transaction(pointer, milliseconds)
        }
        isInTransaction = false
    }

    /// Makes a call again, as the library asks, until it answers or the deadline has passed.
    private func retrying(until deadline: Duration, _ action: String, _ call: (Int32) -> OpaquePointer?) throws {
        let end = ContinuousClock.now + deadline
        while true {
            let remaining = max(.milliseconds(1), end - .now)
            guard let error = call(Int32(remaining.wholeMilliseconds)) else { return }
            let failure = KafkaError(consuming: error, action)
            guard failure.isRetriable, !failure.isFenced, ContinuousClock.now < end else { throw failure }
            rd_kafka_poll(pointer, 5)
        }
    }
}
