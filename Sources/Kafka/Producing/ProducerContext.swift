internal import Crdkafka

/// Collects delivery reports. Touched by the producer's thread alone, inside its polls and flushes.
final class ProducerContext: HandleContext {
    var report = DeliveryReport()

    func delivered(_ message: UnsafePointer<rd_kafka_message_t>) {
        let code = message.pointee.err
        let token = Int(bitPattern: message.pointee._private)
        if code == RD_KAFKA_RESP_ERR_NO_ERROR {
            report.deliveredCount += 1
            guard token != 0 else { return }
            report.deliveries.append(
                Delivery(token: token, partition: partition(of: message), offset: message.pointee.offset))
        } else {
            report.failedCount += 1
            guard report.failures.count < 1000 else { return }
            report.failures.append(
                DeliveryFailure(
                    partition: partition(of: message), token: token, error: KafkaError(code, "delivering a message"),
                    isPossiblyPersisted: rd_kafka_message_status(message) != RD_KAFKA_MSG_STATUS_NOT_PERSISTED))
        }
    }

    private func partition(of message: UnsafePointer<rd_kafka_message_t>) -> TopicPartition {
        TopicPartition(String(cString: rd_kafka_topic_name(message.pointee.rkt)), message.pointee.partition)
    }
}
