import Kafka
import Testing

@Suite(.timeLimit(.minutes(4))) struct EmbeddedAdminTests {
    @Test func topicsAndWatermarksAreKnownAndTheRestIsRefusedAsUnsupported() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 3)
        let admin = try Admin(settings: cluster.settings())
        defer { admin.close() }
        #expect(try admin.describeTopic("t").partitionCount == 3)
        #expect(try admin.describeTopics(["none"]).isEmpty)
        #expect(try admin.watermarks([TopicPartition("t", 1)]) == [TopicPartition("t", 1): Watermarks(low: 0, high: 0)])
        let create = thrownError { try admin.createTopics([NewTopic("u", partitions: 1)], timeout: .seconds(3)) }
        #expect(create?.code == .unsupportedFeature)
        #expect(
            thrownError { _ = try admin.topicConfiguration("t", timeout: .seconds(3)) }?.code == .unsupportedFeature)
        #expect(thrownError { _ = try admin.listGroups(timeout: .seconds(3)) }?.code == .unsupportedFeature)
        #expect(thrownError { _ = try admin.describeGroup("g", timeout: .seconds(3)) }?.code == .unsupportedFeature)
        // A refusal leaves the handle usable, which the oldest library does not see to.
        #expect(try admin.committedOffsets(of: "g", partitions: [TopicPartition("t", 0)]).isEmpty)
    }

    @Test func aLeaderThatHasMovedIsAskedAgainForOffsets() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let partition = TopicPartition("t", 0)
        let admin = try Admin(settings: cluster.settings())
        defer { admin.close() }
        cluster.failNext(request: 2, with: Array(repeating: .notLeader, count: 3))
        #expect(try admin.watermarks([partition]) == [partition: Watermarks(low: 0, high: 0)])
        cluster.failNext(request: 2, with: Array(repeating: .notLeader, count: 1000))
        let begin = ContinuousClock.now
        let error = thrownError { _ = try admin.watermarks([partition], timeout: .seconds(2)) }
        #expect(error?.code == .notLeader)
        #expect(begin.duration(to: .now) < .seconds(8))
    }

    @Test func aCoordinatorThatMovesIsAskedAgain() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 1)
        let partition = TopicPartition("t", 0)
        let consumer = try Consumer(group: "g", settings: cluster.settings())
        defer { consumer.close() }
        try consumer.commit([CommittedOffset(partition, offset: 7)])
        let admin = try Admin(settings: cluster.settings())
        defer { admin.close() }
        cluster.failNext(request: 9, with: Array(repeating: .notCoordinator, count: 5))
        #expect(try admin.committedOffsets(of: "g", partitions: [partition])[partition]?.offset == 7)
        cluster.failNext(request: 9, with: Array(repeating: .groupAuthorizationFailed, count: 2))
        let refusal = thrownError { _ = try admin.committedOffsets(of: "g", partitions: [partition]) }
        #expect(refusal?.code == .groupAuthorizationFailed)
        cluster.failNext(request: 9, with: Array(repeating: .coordinatorLoading, count: 200))
        let begin = ContinuousClock.now
        #expect(
            thrownError { _ = try admin.committedOffsets(of: "g", partitions: [partition], timeout: .seconds(2)) }
                != nil)
        #expect(begin.duration(to: .now) < .seconds(6))
    }
}
