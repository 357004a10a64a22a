import Kafka
import Testing

/// Consuming and producing on the embedded cluster.
@Suite struct EmbeddedConsumingTests {
    @Test func whatIsProducedIsConsumedInOrderAndGroupedByPartition() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("events", partitions: 3)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        var batch = OutgoingBatch()
        for number in 0..<3000 { batch.append(value: Array("\(number)".utf8), partition: Int32(number % 3)) }
        try producer.send(batch, to: "events")
        try producer.flush()
        let report = producer.takeReport()
        #expect(report.deliveredCount == 3000)
        #expect(report.failedCount == 0)

        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        try consumer.assign((0..<3).map { PartitionStart(TopicPartition("events", $0), .beginning) })
        let messages = MessageBatch(capacity: 500)
        var received: [Int32: [String]] = [:]
        var ends = 0
        while ends < 3 {
            try consumer.poll(into: messages, timeout: .seconds(10))
            #expect(messages.groups.map(\.range.count).reduce(0, +) == messages.count)
            #expect(Set(messages.groups.map(\.index)).count == messages.groups.count)
            for group in messages.groups {
                for index in group.range {
                    let value = try #require(messages.value(at: index))
                    let known = received[group.partition.partition, default: []].count
                    #expect(messages.offset(at: index) == Int64(known))
                    received[group.partition.partition, default: []].append(String(decoding: value, as: UTF8.self))
                }
            }
            for case .endOfPartition in messages.events { ends += 1 }
        }
        for partition in 0..<3 {
            let expected = stride(from: partition, to: 3000, by: 3).map(String.init)
            #expect(received[Int32(partition)] == expected)
        }
    }
}
