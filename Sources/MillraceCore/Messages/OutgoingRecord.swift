/// A record about to be written to Kafka, in terms that know nothing of a client library.
public struct OutgoingRecord: Sendable, Equatable {
    public var topic: String
    /// Nil: by key.
    public var partition: Int?
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [Header]
    /// Milliseconds since 1970; nil: the time of sending.
    public var timestampMilliseconds: Int64?
    /// Makes a span once the record is committed; not part of what is written.
    public var hop: TraceHop?

    public struct Header: Sendable, Equatable {
        public var name: String
        public var value: [UInt8]?
        public init(_ name: String, _ value: [UInt8]?) {
            self.name = name
            self.value = value
        }
        public init(_ name: String, _ text: String) {
            self.init(name, Array(text.utf8))
        }
    }

    public init(
        topic: String, partition: Int? = nil, key: [UInt8]?, value: [UInt8]?, headers: [Header] = [],
        timestampMilliseconds: Int64? = nil
    ) {
        self.topic = topic
        self.partition = partition
        self.key = key
        self.value = value
        self.headers = headers
        self.timestampMilliseconds = timestampMilliseconds
    }
}
