/// A record that could not be handled, set aside with its reason and where it came from.
///
/// On the wire it is the original record with `millrace.dlq.*` headers. Its identity is topic, partition and offset:
/// a dead letter sent twice is one dead letter.
public struct DeadLetter: Sendable, Equatable {
    public var topic: String
    public var partition: Int
    public var offset: Int64
    public var timestampMilliseconds: Int64?
    /// The role that set it aside.
    public var stage: Role
    /// A short code that does not change: `bad-json`, `future`, `invalid-data`, …
    public var code: String
    /// What was expected, what was found.
    public var message: String
    public var key: [UInt8]?
    public var value: [UInt8]?
    public var headers: [OutgoingRecord.Header]

    /// A larger value is cut; its size and hash say what it was, topic and offset where it still is.
    public static let maximumValueBytes = 900_000
    /// Larger headers, together, and a larger key are left out: a letter must fit into a message whatever is in it.
    static let maximumHeaderBytes = 32_000
    static let maximumKeyBytes = 32_000

    public init(
        topic: String, partition: Int, offset: Int64, timestampMilliseconds: Int64?, stage: Role, code: String,
        message: String, key: [UInt8]?, value: [UInt8]?, headers: [OutgoingRecord.Header] = []
    ) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.stage = stage
        self.code = code
        self.message = message
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// The record to send. With `payload: reference` it names the original and holds none of its bytes.
    public func record(pipeline: String, payload: DeadLetterSettings.Payload) -> OutgoingRecord {
        let headerBytes = headers.reduce(0) { $0 + $1.name.utf8.count + ($1.value?.count ?? 0) }
        var all = payload == .full && headerBytes <= Self.maximumHeaderBytes ? headers : []
        func add(_ name: String, _ text: String) { all.append(.init("millrace.dlq.\(name)", text)) }
        add("topic", topic)
        add("partition", String(partition))
        add("offset", String(offset))
        if let timestampMilliseconds { add("timestamp", String(timestampMilliseconds)) }
        add("stage", stage.rawValue)
        add("code", code)
        add("message", String(message.prefix(2000)))
        var kept: [UInt8]?
        if payload == .full, let value {
            kept = value
            if value.count > Self.maximumValueBytes {
                kept = Array(value.prefix(Self.maximumValueBytes))
                add("size", String(value.count))
                add("sha256", Checksum(of: value).description)
            }
        }
        let keptKey = payload == .full && (key?.count ?? 0) <= Self.maximumKeyBytes ? key : nil
        return OutgoingRecord(
            topic: Arrow.deadLetters.topic(of: pipeline), partition: 0, key: keptKey, value: kept, headers: all)
    }

    /// Reads a record of the `dead-letters` topic; nil when it is none.
    public init?(headers: [OutgoingRecord.Header], key: [UInt8]?, value: [UInt8]?) {
        var fields: [String: String] = [:]
        var others: [OutgoingRecord.Header] = []
        for header in headers {
            if header.name.hasPrefix("millrace.dlq."), let bytes = header.value {
                fields[String(header.name.dropFirst("millrace.dlq.".count))] = String(decoding: bytes, as: UTF8.self)
            } else {
                others.append(header)
            }
        }
        guard let topic = fields["topic"], let partition = fields["partition"].flatMap({ Int($0) }),
            let offset = fields["offset"].flatMap({ Int64($0) }), let stage = fields["stage"].flatMap(Role.init)
        else { return nil }
        self.init(
            topic: topic, partition: partition, offset: offset,
            timestampMilliseconds: fields["timestamp"].flatMap { Int64($0) }, stage: stage,
            code: fields["code"] ?? "unknown", message: fields["message"] ?? "", key: key, value: value, headers: others
        )
    }
}
