import Kafka
import Foundation
import Testing

/// Consuming and producing on the embedded cluster.
@Suite(.timeLimit(.minutes(2))) struct EmbeddedConsumingTests {
    private func send(_ values: [String?], to topic: String, partition: Int32 = 0, _ settings: ClientSettings) throws {
        let producer = try Producer(settings: settings)
        defer { producer.close() }
        for value in values {
            try producer.send(
                to: topic, partition: partition, key: Array("k".utf8), value: value.map { Array($0.utf8) })
        }
        try producer.flush()
        try producer.takeReport().check()
    }

    @Test func whatIsProducedIsConsumedInOrderAndGroupedByPartition() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("events", partitions: 3)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        // Several rounds, so that batches of the partitions alternate and must be brought together.
        for round in 0..<10 {
            var batch = OutgoingBatch()
            for number in round * 300..<(round + 1) * 300 {
                batch.append(value: Array("\(number)".utf8), partition: Int32(number % 3))
            }
            try producer.send(batch, to: "events")
            try producer.flush()
        }
        let report = producer.takeReport()
        #expect(report.deliveredCount == 3000)
        #expect(report.failedCount == 0)

        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        try consumer.assign((0..<3).map { PartitionStart(TopicPartition("events", $0), .beginning) })
        let messages = MessageBatch(capacity: 500)
        var received: [Int32: [String]] = [:]
        var ends: Set<TopicPartition> = []
        while ends.count < 3 {
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
            for case .endOfPartition(let partition, _) in messages.events { ends.insert(partition) }
        }
        for partition in 0..<3 {
            let expected = stride(from: partition, to: 3000, by: 3).map(String.init)
            #expect(received[Int32(partition)] == expected)
        }
    }

    @Test func tombstonesEmptyValuesHeadersAndTimestampsArriveAsTheyWereSent() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        let headers = [Header("a", "1"), Header("a", nil as [UInt8]?), Header("b", [UInt8]())]
        try producer.send(
            to: "t", key: Array("k".utf8), value: Array("v".utf8), headers: headers,
            timestampMilliseconds: 1_700_000_000_123, token: 7)
        try producer.send(to: "t", key: Array("k".utf8), value: nil)
        try producer.send(to: "t", key: [], value: [])
        var batch = OutgoingBatch()
        batch.append(key: [], value: [])
        batch.append(key: Array("x".utf8), value: nil)
        batch.append(key: nil, value: [])
        try producer.send(batch, to: "t")
        try producer.flush()
        let report = producer.takeReport()
        #expect(report.deliveries == [Delivery(token: 7, partition: TopicPartition("t", 0), offset: 0)])

        var messages: [Message] = []
        try TopicFold(settings: cluster.settings()).run(topic: "t") { messages.append($0.message) }
        #expect(messages.map(\.value) == [Array("v".utf8), nil, [], [], nil, []])
        // A missing key and an empty one differ.
        #expect(messages.map(\.key) == [Array("k".utf8), Array("k".utf8), [], [], Array("x".utf8), nil])
        #expect(messages[0].headers == headers)
        #expect(messages[1].headers.isEmpty)
        #expect(messages[0].timestampMilliseconds == 1_700_000_000_123)
    }

    @Test func aPausedPartitionWaitsAndGoesOnWithoutGapsOrRepeats() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 2)
        let first = TopicPartition("t", 0)
        let second = TopicPartition("t", 1)
        for partition in [first, second] {
            try send((0..<300).map(String.init), to: "t", partition: partition.partition, cluster.settings())
        }
        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        try consumer.assign([PartitionStart(first, .beginning), PartitionStart(second, .beginning)])
        let batch = MessageBatch(capacity: 50)
        var seen: [TopicPartition: [Int64]] = [:]
        func note(_ batch: MessageBatch) {
            for copy in batch.copies { seen[copy.partition, default: []].append(copy.offset) }
        }
        _ = try poll(consumer, into: batch) { batch in
            note(batch)
            return seen[first] != nil
        }
        let before = seen[first]!.count
        try consumer.pause([first, first])
        _ = try poll(consumer, into: batch) { batch in
            note(batch)
            return (seen[second]?.count ?? 0) >= 300
        }
        // What the library had already handed out may still come; the rest may not.
        #expect(seen[first]!.count < 300 || before == 300)
        #expect(consumer.paused == [first])
        // Resuming what is not paused fetches old messages again in the oldest library, unless it is left alone.
        try consumer.resume([first, second])
        #expect(consumer.paused.isEmpty)
        #expect(
            try poll(consumer, into: batch) { batch in
                note(batch)
                return seen[first]!.count >= 300
            })
        _ = try poll(consumer, into: batch, within: .milliseconds(500)) { batch in
            note(batch)
            return false
        }
        #expect(seen[first] == Array(0..<300))
        #expect(seen[second] == Array(0..<300))
    }

    @Test func aPartitionPausedBeforeItWasGivenUpIsReadWhenItComesBack() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let partition = TopicPartition("t", 0)
        try send((0..<10).map(String.init), to: "t", cluster.settings())
        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        let batch = MessageBatch(capacity: 20)
        for _ in 0..<3 {
            try consumer.assign([PartitionStart(partition, .beginning)])
            #expect(try poll(consumer, into: batch) { !$0.isEmpty })
            try consumer.pause([partition])
            try consumer.assign([])
        }
    }

    @Test func seekingBackReadsAgainAndSeekingForwardSkips() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let partition = TopicPartition("t", 0)
        try send((0..<100).map(String.init), to: "t", cluster.settings())
        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        try consumer.assign([PartitionStart(partition, .offset(10))])
        let batch = MessageBatch(capacity: 20)
        #expect(try poll(consumer, into: batch) { !$0.isEmpty })
        #expect(batch.offset(at: 0) == 10)
        #expect(consumer.position(partition) == 10 + Int64(batch.count))
        try consumer.seek(partition, to: .offset(2))
        #expect(try poll(consumer, into: batch) { !$0.isEmpty })
        #expect(batch.offset(at: 0) == 2)
        try consumer.seek(partition, to: .offset(90))
        #expect(try poll(consumer, into: batch) { !$0.isEmpty })
        #expect(batch.offset(at: 0) == 90)
    }

    @Test func aConsumerIsClosedAtOnceWithMessagesInHand() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        try send((0..<10).map(String.init), to: "t", cluster.settings())
        let consumer = try Consumer(settings: cluster.settings())
        try consumer.assign([PartitionStart(TopicPartition("t", 0), .offset(0))])
        let batch = MessageBatch(capacity: 20)
        #expect(try poll(consumer, into: batch) { !$0.isEmpty })
        #expect(consumer.close(within: .seconds(10)))
        #expect(batch.isEmpty)
    }

    @Test func anOffsetThatIsNotThereIsAnEventAndOthersAreReadOn() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 2)
        try send(["a"], to: "t", partition: 0, cluster.settings())
        try send(["b"], to: "t", partition: 1, cluster.settings())
        let consumer = try Consumer(settings: cluster.settings())
        defer { consumer.close() }
        let missing = TopicPartition("t", 0)
        try consumer.assign([PartitionStart(missing, .offset(50)), PartitionStart(TopicPartition("t", 1), .beginning)])
        var failed: KafkaError?
        var values: [String] = []
        #expect(
            try poll(consumer, into: MessageBatch(capacity: 10)) { batch in
                values += batch.copies.compactMap(\.valueText)
                for case .partitionFailed(missing, let error) in batch.events { failed = error }
                return failed != nil && !values.isEmpty
            })
        #expect(values == ["b"])
        #expect(failed?.code == .autoOffsetReset)
        #expect(failed?.isFatal == false)
    }

    @Test func passingBrokerErrorsAreRetriedAndNothingIsLost() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        cluster.failNext(request: 0, with: [.notLeader, .timedOut])
        cluster.failNext(request: 1, with: [.notLeader, .leaderNotAvailable])
        try send(["a", "b", "c"], to: "t", cluster.settings())
        var values: [String] = []
        try TopicFold(settings: cluster.settings()).run(topic: "t") { values.append($0.message.valueText ?? "") }
        #expect(values == ["a", "b", "c"])
    }

    @Test func aRefusedMessageIsReportedWithItsToken() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        cluster.failNext(request: 0, with: [.topicAuthorizationFailed])
        try producer.send(to: "t", value: [1], token: 3)
        try producer.flush()
        let report = producer.takeReport()
        #expect(report.deliveredCount == 0)
        #expect(report.failures.map(\.token) == [3])
        #expect(report.failures.first?.error.code == .topicAuthorizationFailed)
        #expect(thrownError { try report.check() }?.code == .topicAuthorizationFailed)
    }

    @Test func aMessageTooLargeIsRefusedAtOnce() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        let large = [UInt8](repeating: 0, count: 1 << 20)
        #expect(thrownError { try producer.send(to: "t", value: large) }?.code == .messageTooLarge)
        var batch = OutgoingBatch()
        batch.append(value: large)
        #expect(thrownError { try producer.send(batch, to: "t") }?.code == .messageTooLarge)
    }

    @Test func foldingStopsAtTheEndThatStoodWhenItBegan() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 2)
        try send(["a", "b"], to: "t", cluster.settings())
        var values: [String] = []
        let result = try TopicFold(settings: cluster.settings()).run(topic: "t") { message in
            if values.isEmpty { try send(["later"], to: "t", cluster.settings()) }
            values.append(message.message.valueText ?? "")
        }
        #expect(values == ["a", "b"])
        #expect(result.messageCount == 2)
        #expect(result.nextOffsets == [TopicPartition("t", 0): 2, TopicPartition("t", 1): 0])
    }

    @Test func foldingATopicThatIsNotThereSaysSo() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        let error = thrownError {
            try TopicFold(settings: cluster.settings(), timeout: .seconds(5)).run(topic: "nowhere") { _ in }
        }
        #expect(error?.code == .unknownTopicOrPartition)
        #expect(error?.message.contains("nowhere") == true)
    }

    @Test func aFoldMayTakeAsLongAsItLikesWhileItComesFurther() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let producer = try Producer(settings: cluster.settings())
        for _ in 0..<2600 { try producer.send(to: "t", partition: 0, value: Array("x".utf8)) }
        try producer.flush()
        producer.close()
        let start = ContinuousClock.now
        let result = try TopicFold(settings: cluster.settings(), timeout: .seconds(5)).run(topic: "t") { _ in
            Thread.sleep(forTimeInterval: 0.0026)
        }
        #expect(result.messageCount == 2600)
        #expect(ContinuousClock.now - start > .seconds(5))
    }

    @Test func foldingADeadClusterEndsInTimeAndNamesTheCause() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        try cluster.takeDown(broker: 1)
        let start = ContinuousClock.now
        let error = thrownError {
            try TopicFold(settings: cluster.settings(), timeout: .seconds(2))
                .run([PartitionStart(TopicPartition("t", 0), .beginning)]) { _ in }
        }
        #expect(error?.isRetriable == true)
        #expect(ContinuousClock.now - start < .seconds(15))
    }
}
