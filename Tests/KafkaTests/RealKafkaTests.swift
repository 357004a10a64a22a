import Foundation
import Kafka
import TestSupport
import Testing

/// What only a real broker keeps: transactions, fencing, administration. Skipped without KAFKA_HOME.
@Suite(.enabled(if: KafkaServer.isAvailable, KafkaServer.skipReason), .timeLimit(.minutes(3)))
struct RealKafkaTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    /// A member of a group that owns all partitions of a topic.
    private func member(
        of group: String, _ topic: String, handler: RecordingHandler, _ settings: ClientSettings
    ) throws -> Consumer {
        let consumer = try Consumer(group: group, settings: settings)
        try consumer.subscribe(to: [topic], handler: handler)
        #expect(try poll(consumer, into: MessageBatch()) { _ in !consumer.assignment.isEmpty })
        return consumer
    }

    @Test func aTransactionShowsMessagesAndOffsetsTogetherAndKeepsTheirText() throws {
        let settings = try realSettings()
        let source = try freshTopic()
        let target = try freshTopic(partitions: 2)
        let group = freshName("group")
        let consumer = try member(of: group, source, handler: RecordingHandler(), settings)
        defer { consumer.close() }
        let metadata = try #require(consumer.groupMetadata)
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        let producer = try TransactionalProducer(transactionalID: freshName("id"), settings: settings)
        defer { producer.close() }
        try producer.initialise()

        let partition = TopicPartition(source, 0)
        let offset = CommittedOffset(partition, offset: 0, metadata: #"{"rewind":17,"ümlaut":true}"#)
        try producer.begin()
        try producer.send(to: target, partition: 0, value: bytes("a"))
        try producer.send(to: target, partition: 1, value: bytes("b"), token: 9)
        try producer.sendOffsets([offset], metadata: metadata)
        try producer.flush()
        #expect(try contents(of: target, settings: settings).isEmpty)
        #expect(try admin.committedOffsets(of: group, partitions: [partition]).isEmpty)
        try producer.commit()
        #expect(!producer.isInTransaction)
        let report = producer.takeReport()
        #expect(report.deliveries == [Delivery(token: 9, partition: TopicPartition(target, 1), offset: 0)])
        #expect(try settles(target, at: [0: ["a"], 1: ["b"]], settings: settings))
        #expect(try admin.committedOffsets(of: group, partitions: [partition]) == [partition: offset])
        #expect(try consumer.committed([partition])[partition] == offset)
    }

    @Test func anAbortedTransactionIsInvisibleAndTheNextOneWorks() throws {
        let settings = try realSettings()
        let topic = try freshTopic()
        let producer = try TransactionalProducer(transactionalID: freshName("id"), settings: settings)
        defer { producer.close() }
        try producer.initialise()
        // Right after the first message: the case that can be fatal without a flush.
        try producer.begin()
        try producer.send(to: topic, value: bytes("aborted"))
        try producer.abort()
        struct Refusal: Error {}
        #expect(throws: Refusal.self) {
            try producer.transaction { transaction in
                try transaction.send(to: topic, value: bytes("refused"))
                throw Refusal()
            }
        }
        try producer.transaction { try $0.send(to: topic, value: bytes("kept")) }
        #expect(try settles(topic, at: [0: ["kept"]], settings: settings))
        var uncommitted = settings
        uncommitted.isolation = .readUncommitted
        #expect(try contents(of: topic, settings: uncommitted) == [0: ["aborted", "refused", "kept"]])
    }

    @Test func foldingEndsBeforeAnOpenTransactionAndAfterTrailingMarkers() throws {
        let settings = try realSettings()
        let topic = try freshTopic()
        let id = freshName("id")
        let producer = try TransactionalProducer(transactionalID: id, settings: settings)
        try producer.initialise()
        try producer.transaction { try $0.send(to: topic, value: bytes("first")) }
        #expect(try settles(topic, at: [0: ["first"]], settings: settings))
        let fold = TopicFold(settings: settings, timeout: .seconds(20))
        var values: [String] = []
        // The end lies behind a commit marker that is never delivered.
        let result = try fold.run(topic: topic) { values.append($0.message.valueText ?? "") }
        #expect(values == ["first"])
        #expect(result.nextOffsets == [TopicPartition(topic, 0): 2])

        try producer.begin()
        try producer.send(to: topic, value: bytes("open"))
        try producer.flush()
        #expect(try fold.run(topic: topic) { _ in }.nextOffsets == [TopicPartition(topic, 0): 2])
        // Taking the id over ends what was left open.
        let successor = try TransactionalProducer(transactionalID: id, settings: settings)
        defer { successor.close() }
        try successor.initialise()
        let after = try fold.run(topic: topic) { _ in }
        #expect(after.messageCount == 1)
        #expect(after.nextOffsets == [TopicPartition(topic, 0): 4])

        let error = thrownError {
            try producer.commit()
        }
        #expect(error?.isFenced == true)
        #expect(error?.kind == .fenced)
        producer.close(within: .seconds(2))
    }

    @Test func workBegunUnderAnEarlierAssignmentCannotBeCommitted() throws {
        let settings = try realSettings()
        let source = try freshTopic(partitions: 2)
        let group = freshName("group")
        let handler = RecordingHandler()
        let first = try member(of: group, source, handler: handler, settings)
        defer { first.close() }
        let earlier = try #require(handler.metadata.last)
        let second = try Consumer(group: group, settings: settings)
        defer { second.close() }
        try second.subscribe(to: [source], handler: RecordingHandler())
        let other = MessageBatch()
        #expect(
            try poll(first, into: MessageBatch(), within: .seconds(30)) { _ in
                try second.poll(into: other, timeout: .milliseconds(50))
                return first.assignment.count == 1 && second.assignment.count == 1
            })
        let producer = try TransactionalProducer(transactionalID: freshName("id"), settings: settings)
        defer { producer.close() }
        try producer.initialise()
        let moved = try #require(second.assignment.first)
        try producer.begin()
        let error = thrownError {
            try producer.sendOffsets([CommittedOffset(moved, offset: 5)], metadata: earlier)
            try producer.commit()
        }
        #expect(error?.needsAbort == true)
        #expect(error?.kind == .abortable || error?.kind == .fenced)
        try producer.abort()
        // With the metadata of the present assignment the same is accepted.
        let present = try #require(handler.metadata.last)
        try producer.transaction { transaction in
            try transaction.sendOffsets([CommittedOffset(first.assignment[0], offset: 0)], metadata: present)
        }
    }

    @Test func topicsAreCreatedDescribedConfiguredAndDeleted() throws {
        let admin = try Admin(settings: realSettings())
        defer { admin.close() }
        let name = freshName("admin")
        let new = NewTopic(
            name, partitions: 3, replicationFactor: 1,
            configuration: ["cleanup.policy": "compact,delete", "retention.ms": "3600000"])
        #expect(try admin.createTopics([new]) == [name])
        #expect(try admin.createTopics([new]) == [])
        let topic = try admin.describeTopic(name)
        #expect(topic.partitionCount == 3)
        #expect(topic.replicationFactor == 1)
        #expect(topic.leaderlessPartitions.isEmpty)
        let configuration = try admin.topicConfiguration(name)
        #expect(configuration.isCompacted)
        #expect(configuration.retention == .seconds(3600))
        #expect(configuration.retentionBytes == nil)
        try admin.deleteTopic(name)
        // Brokers hear of a deletion one after the other, and list the topic until then.
        let end = ContinuousClock.now + .seconds(10)
        while try !admin.describeTopics([name]).isEmpty, ContinuousClock.now < end {}
        #expect(try admin.describeTopics([name]).isEmpty)
        #expect(thrownError { try admin.deleteTopic(name) }?.code == .unknownTopicOrPartition)
        let bad = NewTopic(freshName("bad"), partitions: 1, configuration: ["cleanup.policy": "nonsense"])
        #expect(thrownError { try admin.createTopics([bad]) }?.isRetriable == false)
    }

    @Test func aTopicThatWasCreatedIsThereForEverybodyAtOnce() throws {
        let admin = try Admin(settings: realSettings())
        defer { admin.close() }
        for _ in 0..<15 {
            let name = freshName("at-once")
            #expect(try admin.createTopics([NewTopic(name, partitions: 4)]) == [name])
            #expect(try admin.describeTopics([name]).first?.leaderlessPartitions == [])
        }
    }

    @Test func groupsAreListedAndTheirMembersDescribed() throws {
        let settings = try realSettings(clientID: "described")
        let topic = try freshTopic(partitions: 2)
        let group = freshName("group")
        let consumer = try member(of: group, topic, handler: RecordingHandler(), settings)
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        #expect(try admin.listGroups().contains { $0.group == group && $0.state == "Stable" })
        let description = try admin.describeGroup(group)
        #expect(description.state == "Stable")
        #expect(description.assignor == "range")
        #expect(description.members.map(\.id) == [consumer.memberID])
        let owner = description.members.first { $0.partitions.contains(TopicPartition(topic, 1)) }
        #expect(owner?.clientID == "described")
        consumer.close()
        #expect(try admin.describeGroup(group).members.isEmpty)
        #expect(try admin.describeGroup(freshName("unheard-of")).members.isEmpty)
    }

    @Test func offsetsAreFoundByTime() throws {
        let settings = try realSettings()
        let topic = try freshTopic()
        let partition = TopicPartition(topic, 0)
        let producer = try Producer(settings: settings)
        defer { producer.close() }
        for second in 0..<10 {
            try producer.send(to: topic, value: [0], timestampMilliseconds: 1_700_000_000_000 + Int64(second) * 1000)
        }
        try producer.flush()
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        #expect(try admin.offsets([partition], atMilliseconds: 1_700_000_003_500) == [partition: 4])
        #expect(try admin.offsets([partition], atMilliseconds: 1_800_000_000_000) == [partition: 10])
    }

    @Test func aProbeTellsARecordFromMarkersAndAProducersTimeFromTheBrokers() throws {
        let settings = try realSettings()
        let topic = try freshTopic()
        let stamped = try freshTopic(configuration: ["message.timestamp.type": "LogAppendTime"])
        let producer = try TransactionalProducer(transactionalID: freshName("id"), settings: settings)
        defer { producer.close() }
        try producer.initialise()
        let hourAgo = Int64((Date().timeIntervalSince1970 - 3600) * 1000)
        try producer.transaction { transaction in
            for _ in 0..<3 {
                try transaction.send(to: topic, value: bytes("x"), timestampMilliseconds: hourAgo)
                try transaction.send(to: stamped, value: bytes("x"), timestampMilliseconds: hourAgo)
            }
        }
        for name in [topic, stamped] {
            let isSettled = try settles(name, at: [0: ["x", "x", "x"]], settings: settings)
            #expect(isSettled)
        }
        let probe = try RecordProbe(settings: settings)
        defer { probe.close() }
        let found = try probe.look(at: [TopicPartition(topic, 0): 1, TopicPartition(stamped, 0): 1])
        #expect(
            found[TopicPartition(topic, 0)] == .record(timestampMilliseconds: hourAgo, isAppendTime: false))
        guard case .record(let time?, true) = found[TopicPartition(stamped, 0)] else {
            Issue.record("expected the broker's time, found \(String(describing: found[TopicPartition(stamped, 0)]))")
            return
        }
        #expect(time > hourAgo + 3_000_000)
        #expect(try probe.look(at: [TopicPartition(topic, 0): 3]) == [TopicPartition(topic, 0): .nothing(end: 4)])
    }

    @Test func committedAndUncommittedEndsDifferWhileATransactionIsOpen() throws {
        let settings = try realSettings()
        let topic = try freshTopic()
        let partition = TopicPartition(topic, 0)
        let producer = try TransactionalProducer(transactionalID: freshName("id"), settings: settings)
        defer { producer.close() }
        try producer.initialise()
        try producer.begin()
        try producer.send(to: topic, value: bytes("open"))
        try producer.flush()
        let admin = try Admin(settings: settings)
        defer { admin.close() }
        #expect(try admin.watermarks([partition])[partition] == Watermarks(low: 0, high: 0))
        #expect(
            try admin.watermarks([partition], isolation: .readUncommitted)[partition] == Watermarks(low: 0, high: 1))
        try producer.abort()
    }

    @Test func manyMessagesArriveOnceEachAndInOrder() throws {
        let settings = try realSettings()
        let topic = try freshTopic(partitions: 4)
        let producer = try Producer(settings: settings)
        defer { producer.close() }
        var batch = OutgoingBatch()
        let total = 200_000
        for number in 0..<total {
            withUnsafeBytes(of: number) { batch.append(value: $0, partition: Int32(number % 4)) }
        }
        try producer.send(batch, to: topic)
        try producer.flush()
        #expect(producer.takeReport().deliveredCount == total)
        let consumer = try Consumer(settings: settings)
        defer { consumer.close() }
        try consumer.assign((0..<4).map { PartitionStart(TopicPartition(topic, $0), .beginning) })
        let messages = MessageBatch(capacity: 5000)
        var next = [0, 1, 2, 3]
        var misplaced = 0
        var count = 0
        #expect(
            try poll(consumer, into: messages, within: .seconds(60)) { batch in
                for group in batch.groups {
                    let partition = Int(group.partition.partition)
                    for index in group.range {
                        let number = batch.value(at: index)!.loadUnaligned(as: Int.self)
                        if number != next[partition] { misplaced += 1 }
                        next[partition] = number + 4
                    }
                }
                count += batch.count
                return count >= total
            })
        #expect(count == total)
        #expect(misplaced == 0)
    }
}
