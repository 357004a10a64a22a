internal import Crdkafka

/// Reads partitions, as a member of a group or by itself.
///
/// One thread owns a consumer and makes every call on it; it blocks in `poll` and is woken by messages. Offsets are
/// committed by no one but the caller. `close` when done: it leaves the group and frees the library's threads.
public final class Consumer {
    let handle: Handle
    let context: ConsumerContext
    var pointer: OpaquePointer { handle.pointer }
    /// The library's queue of messages for this consumer, to take batches from.
    let queue: OpaquePointer
    var table = PartitionTable()
    private var isClosed = false
    /// What was polled into last: the library cannot end while somebody holds its messages.
    weak var lent: MessageBatch?

    /// The group this consumer may join, or read offsets of.
    public let group: String

    /// A member of `group`, once it has subscribed.
    public init(group: String, settings: ClientSettings) throws {
        self.group = group
        let context = ConsumerContext(log: settings.log)
        self.context = context
        handle = try Handle(
            RD_KAFKA_CONSUMER, settings.consumerProperties(group: group), context: context
        ) { configuration in
            rd_kafka_conf_set_rebalance_cb(configuration) { handle, code, list, opaque in
                guard let handle, let list, let context = HandleContext.of(opaque) as? ConsumerContext else { return }
                context.rebalance(handle, code, list)
            }
        }
        rd_kafka_poll_set_consumer(handle.pointer)
        queue = rd_kafka_queue_get_consumer(handle.pointer)
    }

    /// A reader that joins no group and commits nothing; it reads the partitions that `assign` gives it.
    public convenience init(settings: ClientSettings) throws {
        // The library wants a group's name for every consumer; without a subscription it is never joined.
        try self.init(group: "\(settings.clientID).reader", settings: settings)
    }

    /// Joins the group to read whole topics. Partitions come and go through the handler, inside `poll`.
    ///
    /// The handler is kept until the consumer is closed.
    public func subscribe(to topics: [String], handler: (any RebalanceHandler)?) throws {
        context.handler = handler
        let list = TopicPartitionList(topics.map { TopicPartition($0, Int32(RD_KAFKA_PARTITION_UA)) })
        try KafkaError.check(rd_kafka_subscribe(pointer, list.pointer), "subscribing \(group) to \(topics)")
    }

    /// Leaves the group after giving its partitions up, and frees the handle and what was polled last. Safe to call
    /// twice.
    ///
    /// - Returns: whether all of it was done by the deadline. The library may hang when a partition was lost or a topic
    ///   deleted; then the member is left to its session timeout.
    @discardableResult
    public func close(within deadline: Duration = .seconds(10)) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        let end = ContinuousClock.now + deadline
        // A queue of its own, as the library's own close has it: the revocation, and the commits that its handler makes,
        // arrive there. Messages still queued are dropped.
        let closing = rd_kafka_queue_new(pointer)
        if let error = rd_kafka_consumer_close_queue(pointer, closing) {
            rd_kafka_error_destroy(error)
        } else {
            while rd_kafka_consumer_closed(pointer) == 0, ContinuousClock.now < end {
                if let message = rd_kafka_consume_queue(closing, 20) { rd_kafka_message_destroy(message) }
            }
        }
        rd_kafka_queue_destroy(closing)
        let isLeft = rd_kafka_consumer_closed(pointer) != 0
        context.handler = nil
        rd_kafka_queue_destroy(queue)
        lent?.release()
        return handle.destroy(within: max(.milliseconds(500), end - .now)) && isLeft
    }

    deinit {
        if !isClosed { rd_kafka_queue_destroy(queue) }
    }
}
