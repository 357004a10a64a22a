/// There is none here.
public final class EmbeddedCluster {
    public let brokers = ""
    public init() throws {}
    public func createTopic(_ name: String, partitions: Int) throws {}
    public func close() {}
}
