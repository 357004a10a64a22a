import Kafka
import Testing

@Suite(.timeLimit(.minutes(1))) struct EmbeddedAdminTests {
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

    @Test func lagCountsTheWholeBacklogOfAGroupThatNeverCommitted() throws {
        let cluster = try EmbeddedCluster()
        defer { cluster.close() }
        try cluster.createTopic("t", partitions: 2)
        let producer = try Producer(settings: cluster.settings())
        defer { producer.close() }
        for _ in 0..<5 { try producer.send(to: "t", partition: 1, value: [1], timestampMilliseconds: 1_000_000) }
        try producer.flush()
        let reader = try LagReader(settings: cluster.settings())
        defer { reader.close() }
        let lag = try reader.lag(of: "g", topics: ["t"])
        #expect(lag.records == 5)
        #expect(lag.partitions.map(\.records) == [0, 5])
        #expect(lag.partitions.allSatisfy { !$0.hasCommitted })
        #expect(try #require(lag.age) > .seconds(1_000_000))
    }
}
