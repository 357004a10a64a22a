public import Kafka
public import Millrace

/// Sends what a step has decided and commits what it has read: all or nothing where the broker has transactions,
/// otherwise one after the other, so that a crash between them shows a message again and loses none.
public protocol Outbox: AnyObject {
    /// - Returns: the offsets of the records, in their order.
    /// - Throws: `KafkaError`, `WorkerError`. Whatever its kind, the outbox is to be closed, and the output topics read again before
    ///   anything else is sent: after an indefinite error nobody knows what was committed.
    func commit(
        _ records: [OutgoingRecord], offsets: [CommittedOffset], consumer: Consumer, metadata: GroupMetadata
    ) throws -> [Int64]
    func close()
}

extension Header {
    init(_ header: OutgoingRecord.Header) { self.init(header.name, header.value) }
}

extension OutgoingRecord.Header {
    init(_ header: Header) { self.init(header.name, header.value) }
}

extension Producer {
    /// Queues a record whose delivery is reported under a token.
    func send(_ record: OutgoingRecord, token: Int = 0) throws {
        try send(
            to: record.topic, partition: record.partition.map(Int32.init), key: record.key, value: record.value,
            headers: record.headers.map(Header.init), timestampMilliseconds: record.timestampMilliseconds,
            token: token)
    }

    /// The offsets of records that were sent with the tokens 1 … count.
    fileprivate func takeOffsets(count: Int) throws -> [Int64] {
        let report = takeReport()
        try report.check()
        var offsets = [Int64](repeating: -1, count: count)
        for delivery in report.deliveries where (1...count).contains(delivery.token) {
            offsets[delivery.token - 1] = delivery.offset
        }
        return offsets
    }
}

/// Outputs and input offsets in one transaction.
public final class TransactionalOutbox: Outbox {
    private let producer: TransactionalProducer
    private let role: Role
    private let id: String

    /// Fences whoever had the id before.
    public init(role: Role, transactionalID: String, settings: ClientSettings) throws {
        #if MUTATIONS
            let transactionalID =
                Mutation.noFencing.isOn ? "\(transactionalID).\(Int.random(in: 0...(1 << 40)))" : transactionalID
        #endif
        self.role = role
        id = transactionalID
        producer = try TransactionalProducer(transactionalID: transactionalID, settings: settings)
        do {
            try producer.initialise()
        } catch {
            producer.close(within: .seconds(1))
            throw error
        }
    }

    public func commit(
        _ records: [OutgoingRecord], offsets: [CommittedOffset], consumer: Consumer, metadata: GroupMetadata
    ) throws -> [Int64] {
        #if MUTATIONS
            if Mutation.commitFirst.isOn { try consumer.commit(offsets) }
        #endif
        _ = producer.takeReport()
        do {
            try producer.transaction { producer in
                for (index, record) in records.enumerated() { try producer.send(record, token: index + 1) }
                #if MUTATIONS
                    let metadata = Mutation.freshMetadata.isOn ? consumer.groupMetadata ?? metadata : metadata
                #endif
                try producer.sendOffsets(offsets, metadata: metadata)
                CrashPoint.reach("\(role).sent-before-commit")
            }
        } catch let error as KafkaError where error.isFenced {
            throw WorkerError(
                .fenced,
                "the transactional id \(id) has been taken over: another worker of this pipeline runs with the same "
                    + "--instance (give each a name of its own), or this one stood still for too long (\(error))")
        }
        return records.isEmpty ? [] : try producer.takeOffsets(count: records.count)
    }

    public func close() { producer.close(within: .seconds(5)) }
}

/// Outputs, their acknowledgement, then the input offsets: for brokers without transactions.
public final class PlainOutbox: Outbox {
    private let producer: Producer

    public init(settings: ClientSettings) throws {
        producer = try Producer(settings: settings)
    }

    public func commit(
        _ records: [OutgoingRecord], offsets: [CommittedOffset], consumer: Consumer, metadata: GroupMetadata
    ) throws -> [Int64] {
        _ = producer.takeReport()
        for (index, record) in records.enumerated() { try producer.send(record, token: index + 1) }
        try producer.flush()
        let written = records.isEmpty ? [] : try producer.takeOffsets(count: records.count)
        try consumer.commit(offsets)
        return written
    }

    public func close() { producer.close(within: .seconds(5)) }
}
