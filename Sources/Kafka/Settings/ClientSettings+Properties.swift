extension ClientSettings {
    /// The properties of a consumer, in the order in which they are set.
    func consumerProperties(group: String) -> [(name: String, value: String)] {
        var list =
            commonProperties + [
                ("group.id", group),
                ("enable.auto.commit", "false"),
                ("enable.auto.offset.store", "false"),
                ("auto.offset.reset", "error"),
                ("enable.partition.eof", "true"),
                ("allow.auto.create.topics", "false"),
                ("isolation.level", isolation.rawValue),
                ("session.timeout.ms", "\(sessionTimeout.wholeMilliseconds)"),
                ("heartbeat.interval.ms", "\(heartbeatInterval.wholeMilliseconds)"),
                ("max.poll.interval.ms", "\(max(maximumPollInterval, sessionTimeout).wholeMilliseconds)"),
                ("partition.assignment.strategy", assignor),
                ("fetch.wait.max.ms", "\(fetchWait.wholeMilliseconds)"),
                ("fetch.message.max.bytes", "\(fetchBytes)"),
                ("queued.max.messages.kbytes", "\(queuedKibibytes)"),
                // The size alone bounds the queue: a count would stall small messages before their bytes do.
                ("queued.min.messages", "1000000"),
            ]
        if let groupInstanceID { list.append(("group.instance.id", groupInstanceID)) }
        if LibraryVersion.running.fetchQueueBackoff {
            list.append(("fetch.queue.backoff.ms", "\(fetchQueueBackoff.wholeMilliseconds)"))
        }
        return list + furtherProperties
    }

    /// The properties of an idempotent producer, transactional if it has an id.
    func producerProperties(transactionalID: String?) -> [(name: String, value: String)] {
        var list =
            commonProperties + [
                ("enable.idempotence", "true"),
                ("linger.ms", "\(linger.wholeMilliseconds)"),
                ("compression.type", compression),
                ("batch.size", "\(batchBytes)"),
                ("batch.num.messages", "100000"),
                ("retry.backoff.ms", "\(max(1, retryBackoff.wholeMilliseconds))"),
                ("queue.buffering.max.messages", "500000"),
            ]
        if let transactionalID {
            let timeout = transactionTimeout.wholeMilliseconds
            list.append(("transactional.id", transactionalID))
            list.append(("transaction.timeout.ms", "\(timeout)"))
            // A message may not outlive its transaction.
            list.append(("message.timeout.ms", "\(min(timeout, deliveryTimeout.wholeMilliseconds))"))
        } else {
            list.append(("message.timeout.ms", "\(deliveryTimeout.wholeMilliseconds)"))
        }
        return list + furtherProperties
    }

    /// The properties of a handle that only asks questions.
    func adminProperties() -> [(name: String, value: String)] { commonProperties + furtherProperties }

    private var commonProperties: [(name: String, value: String)] {
        [
            ("bootstrap.servers", brokers),
            ("client.id", clientID),
            ("socket.timeout.ms", "\(requestTimeout.wholeMilliseconds)"),
            ("topic.metadata.refresh.interval.ms", "\(metadataRefresh.wholeMilliseconds)"),
            ("socket.nagle.disable", "true"),
            ("log.connection.close", "false"),
        ]
    }

    private var furtherProperties: [(name: String, value: String)] {
        properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, so that a positive wait never becomes none; what the library's 32 bits hold.
    var wholeMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
