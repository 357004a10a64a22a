/// One message of a batch, without a copy: valid until the batch is released.
public struct MessageView {
    public let batch: MessageBatch
    public let index: Int
    public let partition: TopicPartition

    public init(_ batch: MessageBatch, _ index: Int, partition: TopicPartition) {
        self.batch = batch
        self.index = index
        self.partition = partition
    }

    @inlinable public var offset: Int64 { batch.offset(at: index) }
    @inlinable public var key: UnsafeRawBufferPointer? { batch.key(at: index) }
    /// nil for a tombstone.
    @inlinable public var value: UnsafeRawBufferPointer? { batch.value(at: index) }
    public var timestampMilliseconds: Int64? { batch.timestampMilliseconds(at: index) }
    public var headers: [Header] { batch.headers(at: index) }
    public var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }

    /// A copy that outlives the batch.
    public var message: Message {
        Message(
            partition: partition, offset: offset, key: key.map { Array($0) }, value: value.map { Array($0) },
            timestampMilliseconds: timestampMilliseconds, headers: headers)
    }
}
