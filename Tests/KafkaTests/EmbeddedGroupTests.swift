import Foundation
import Kafka
import Testing

/// Groups on the embedded cluster. With the oldest library each first join takes three seconds.
@Suite(.timeLimit(.minutes(2))) struct EmbeddedGroupTests {
    private func prepared(_ partitions: Int) throws -> EmbeddedCluster {
        let cluster = try EmbeddedCluster()
        try cluster.createTopic("t", partitions: partitions)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        for partition in 0..<partitions {
            for number in 0..<20 {
                try producer.send(to: "t", partition: Int32(partition), value: Array("\(number)".utf8))
            }
        }
        try producer.flush()
        return cluster
    }

    @Test func aSecondMemberTakesPartitionsThatTheFirstHasGivenUp() throws {
        let cluster = try prepared(2)
        defer { cluster.close() }
        let all = [TopicPartition("t", 0), TopicPartition("t", 1)]
        let firstHandler = RecordingHandler()
        let first = try Consumer(group: "g", settings: cluster.settings())
        defer { first.close() }
        try first.subscribe(to: ["t"], handler: firstHandler)
        let batch = MessageBatch(capacity: 100)
        var seen = 0
        #expect(
            try poll(first, into: batch) { batch in
                seen += batch.count
                return seen == 40
            })
        #expect(firstHandler.assigned == [all])
        #expect(first.assignment == all)
        #expect(first.memberID != nil)
        #expect(first.groupMetadata === firstHandler.metadata.last)

        let secondHandler = RecordingHandler()
        let second = try Consumer(group: "g", settings: cluster.settings())
        defer { second.close() }
        try second.subscribe(to: ["t"], handler: secondHandler)
        let other = MessageBatch(capacity: 100)
        var atRevocation: [[TopicPartition]] = []
        firstHandler.onRevoked = { _ in atRevocation.append(first.assignment) }
        #expect(
            try poll(first, into: batch, within: .seconds(40)) { _ in
                try second.poll(into: other, timeout: .milliseconds(50))
                return first.assignment.count == 1 && second.assignment.count == 1
            })
        #expect(firstHandler.revoked.first == all)
        // The handler finishes its work while the partitions are still its own.
        #expect(atRevocation.first == all)
        #expect(Set(first.assignment + second.assignment) == Set(all))
        #expect(firstHandler.metadata.count >= 2)
    }

    @Test("a member that was busy for longer than it may be hears at its next poll that its partitions are lost")
    func aBusyMemberHearsOfItsLoss() throws {
        let cluster = try prepared(1)
        defer { cluster.close() }
        var settings = cluster.settings()
        settings.maximumPollInterval = settings.sessionTimeout
        let handler = RecordingHandler()
        let consumer = try Consumer(group: "g", settings: settings)
        defer { consumer.close() }
        try consumer.subscribe(to: ["t"], handler: handler)
        let batch = MessageBatch(capacity: 5)
        var seen: [Int64] = []
        #expect(
            try poll(consumer, into: batch) { batch in
                seen += (0..<batch.count).map(batch.offset)
                return !batch.isEmpty
            })
        Thread.sleep(forTimeInterval: Double(settings.sessionTimeout.components.seconds) + 3)
        var polls = 0
        var afterLoss: [Int64] = []
        #expect(
            try poll(consumer, into: batch, within: .seconds(30)) { batch in
                polls += 1
                // What had been fetched before may still be handed out: not under the former assignment.
                if handler.revoked.isEmpty {
                    seen += (0..<batch.count).map(batch.offset)
                } else {
                    afterLoss += (0..<batch.count).map(batch.offset)
                }
                return handler.assigned.count == 2 && !afterLoss.isEmpty
            })
        #expect(handler.wasLost == [true])
        #expect(handler.revoked == [[TopicPartition("t", 0)]])
        #expect(afterLoss.first == 0)
        #expect(seen == Array(0..<Int64(seen.count)))
    }

    @Test func closingGivesPartitionsUpThroughTheHandlerWhichMayCommit() throws {
        let cluster = try prepared(1)
        defer { cluster.close() }
        let partition = TopicPartition("t", 0)
        let handler = RecordingHandler()
        let consumer = try Consumer(group: "g", settings: cluster.settings())
        try consumer.subscribe(to: ["t"], handler: handler)
        var failure: (any Error)?
        handler.onRevoked = { _ in
            do { try consumer.commit([CommittedOffset(partition, offset: 12, metadata: "rewind=5")]) } catch {
                failure = error
            }
        }
        let batch = MessageBatch(capacity: 100)
        #expect(try poll(consumer, into: batch) { !$0.isEmpty })
        batch.release()
        #expect(consumer.close())
        #expect(handler.revoked == [[partition]])
        #expect(failure == nil)

        let admin = try Admin(settings: cluster.settings())
        defer { admin.close() }
        let committed = try admin.committedOffsets(of: "g", partitions: [partition])
        #expect(committed[partition] == CommittedOffset(partition, offset: 12, metadata: "rewind=5"))
    }

    @Test func aGroupStartsWhereItsHandlerSays() throws {
        let cluster = try prepared(2)
        defer { cluster.close() }
        let handler = RecordingHandler { $0.partition == 0 ? .offset(15) : .end }
        let consumer = try Consumer(group: "g", settings: cluster.settings())
        defer { consumer.close() }
        try consumer.subscribe(to: ["t"], handler: handler)
        var offsets: [TopicPartition: [Int64]] = [:]
        var ends: Set<TopicPartition> = []
        #expect(
            try poll(consumer, into: MessageBatch(capacity: 100)) { batch in
                for copy in batch.copies { offsets[copy.partition, default: []].append(copy.offset) }
                for case .endOfPartition(let partition, _) in batch.events { ends.insert(partition) }
                return ends.count == 2
            })
        #expect(offsets == [TopicPartition("t", 0): Array(15..<20)])
    }

    @Test func whatTheHandlerThrowsThePollThrowsAndNothingIsAssigned() throws {
        struct Refusal: Error {}
        let cluster = try prepared(1)
        defer { cluster.close() }
        let handler = RecordingHandler()
        handler.failure = Refusal()
        let consumer = try Consumer(group: "g", settings: cluster.settings())
        defer { consumer.close() }
        try consumer.subscribe(to: ["t"], handler: handler)
        let batch = MessageBatch(capacity: 100)
        #expect(throws: Refusal.self) { _ = try poll(consumer, into: batch) { !$0.isEmpty } }
        #expect(consumer.assignment.isEmpty)
    }

    @Test func committingForAGenerationThatHasPassedIsRefused() throws {
        let cluster = try prepared(1)
        defer { cluster.close() }
        let consumer = try Consumer(group: "g", settings: cluster.settings())
        defer { consumer.close() }
        try consumer.subscribe(to: ["t"], handler: RecordingHandler())
        #expect(try poll(consumer, into: MessageBatch()) { !$0.isEmpty })
        cluster.failNext(request: 8, with: [.illegalGeneration])
        let error = thrownError { try consumer.commit([CommittedOffset(TopicPartition("t", 0), offset: 3)]) }
        #expect(error?.code == .illegalGeneration)
        #expect(error?.isRetriable == false)
    }
}
