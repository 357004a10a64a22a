extension MessageBatch {
    /// A partition's messages in a batch.
    public struct Group: Sendable {
        public let partition: TopicPartition
        /// A small number that stands for the partition as long as its consumer lives.
        public let index: Int
        /// Positions in the batch.
        public let range: Range<Int>
    }

    public var isEmpty: Bool { count == 0 }

    /// The partition of one message; loops go by `groups` instead.
    public func partition(at index: Int) -> TopicPartition {
        guard let group = groups.first(where: { $0.range.contains(index) }) else {
            preconditionFailure("a batch of \(count) messages has none at \(index)")
        }
        return group.partition
    }

    /// A copy of one message, for code that reads few of them.
    public func message(at index: Int) -> Message {
        Message(
            partition: partition(at: index), offset: offset(at: index), key: key(at: index).map { Array($0) },
            value: value(at: index).map { Array($0) }, timestampMilliseconds: timestampMilliseconds(at: index),
            headers: headers(at: index))
    }
}
