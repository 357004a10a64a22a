/// What a member of a consumer group was given, as the group's leader wrote it and the brokers hand it on: Kafka's
/// consumer protocol, big-endian, a version, then topics with their partitions. What follows is the assignor's own.
struct MemberAssignment: Equatable {
    let partitions: [TopicPartition]

    /// Nil for bytes that are no assignment. A member that has been given nothing yet has none.
    init?(_ bytes: UnsafeRawBufferPointer) {
        var reader = Reader(bytes: bytes)
        guard !bytes.isEmpty, let version = reader.integer(Int16.self), version >= 0,
            let topics = reader.integer(Int32.self), topics >= 0
        else { return nil }
        var partitions: [TopicPartition] = []
        for _ in 0..<topics {
            guard let topic = reader.text(), let count = reader.integer(Int32.self), count >= 0 else { return nil }
            for _ in 0..<count {
                guard let partition = reader.integer(Int32.self), partition >= 0 else { return nil }
                partitions.append(TopicPartition(topic, partition))
            }
        }
        self.partitions = partitions
    }

    private struct Reader {
        let bytes: UnsafeRawBufferPointer
        var offset = 0

        mutating func integer<Value: FixedWidthInteger>(_: Value.Type) -> Value? {
            let size = MemoryLayout<Value>.size
            guard bytes.count - offset >= size else { return nil }
            defer { offset += size }
            return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }

        mutating func text() -> String? {
            guard let count = integer(Int16.self), count >= 0, bytes.count - offset >= count else { return nil }
            defer { offset += Int(count) }
            return String(decoding: bytes[offset..<offset + Int(count)], as: UTF8.self)
        }
    }
}
