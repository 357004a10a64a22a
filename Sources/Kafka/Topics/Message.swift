/// A message with bytes of its own.
public struct Message: Hashable, Sendable {
    public var partition: TopicPartition
    public var offset: Int64
    public var key: [UInt8]?
    /// nil for a tombstone.
    public var value: [UInt8]?
    public var timestampMilliseconds: Int64?
    public var headers: [Header]

    public init(
        partition: TopicPartition, offset: Int64, key: [UInt8]?, value: [UInt8]?, timestampMilliseconds: Int64? = nil,
        headers: [Header] = []
    ) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
        self.timestampMilliseconds = timestampMilliseconds
        self.headers = headers
    }

    public var keyText: String? { key.map { String(decoding: $0, as: UTF8.self) } }
    public var valueText: String? { value.map { String(decoding: $0, as: UTF8.self) } }
}
