/// What a poll has to say besides messages. None of it ends the stream.
public enum ConsumerEvent: Sendable, Equatable {
    /// Everything up to `offset` (the next to come) has been read.
    case endOfPartition(TopicPartition, offset: Int64)
    /// A partition cannot be read at the moment, or at all: no start offset, an offset no longer there, no permission.
    case partitionFailed(TopicPartition, KafkaError)
    /// A subscribed topic is not there, or may not be read. Said once for each change.
    case topicFailed(String, KafkaError)
    /// A condition of the whole client: all brokers down, authentication refused, polled too late.
    case clientFailed(KafkaError)
}
