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
}
