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

    /// Read from a letter that does not hold all of the record: the letter's headers say what is missing, topic and
    /// offset where it still is.
    public private(set) var isCut = false

    // What a letter may hold of its record. All together stays below 1,000,000 bytes, the most that the client library
    // and brokers take unless they are told otherwise: a letter that can't be sent would stop everything behind it.
    public static let maximumValueBytes = 900_000
    static let maximumKeyBytes = 50_000
    static let maximumHeaderBytes = 30_000
    static let maximumMessageBytes = 4000

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
        let isWhole = payload == .full
        var all = isWhole ? keptHeaders : []
        let missing = isWhole ? headers.count - all.count : 0
        func add(_ name: String, _ text: String) { all.append(.init(Self.prefix + name, text)) }
        add("topic", topic)
        add("partition", String(partition))
        add("offset", String(offset))
        if let timestampMilliseconds { add("timestamp", String(timestampMilliseconds)) }
        add("stage", stage.rawValue)
        add("code", code)
        add("message", String(decoding: message.utf8.prefix(Self.maximumMessageBytes), as: UTF8.self))
        if missing > 0 { add("headers-missing", String(missing)) }
        var keptKey = isWhole ? key : nil
        if let key = keptKey, key.count > Self.maximumKeyBytes {
            keptKey = nil
            add("key-size", String(key.count))
            add("key-sha256", Checksum(of: key).description)
        }
        var kept = isWhole ? value : nil
        if let value = kept, value.count > Self.maximumValueBytes {
            kept = Array(value.prefix(Self.maximumValueBytes))
            add("size", String(value.count))
            add("sha256", Checksum(of: value).description)
        }
        return OutgoingRecord(
            topic: Arrow.deadLetters.topic(of: pipeline), partition: 0, key: keptKey, value: kept, headers: all)
    }

    private static let prefix = "millrace.dlq."

    /// The original headers that have room, and that would not be taken for the letter's own.
    private var keptHeaders: [OutgoingRecord.Header] {
        var room = Self.maximumHeaderBytes
        return headers.filter { header in
            let bytes = header.name.utf8.count + (header.value?.count ?? 0) + 10
            guard bytes <= room, !header.name.hasPrefix(Self.prefix) else { return false }
            room -= bytes
            return true
        }
    }

    /// Reads a record of the `dead-letters` topic; nil when it is none.
    public init?(headers: [OutgoingRecord.Header], key: [UInt8]?, value: [UInt8]?) {
        var fields: [String: String] = [:]
        var others: [OutgoingRecord.Header] = []
        for header in headers {
            if header.name.hasPrefix(Self.prefix), let bytes = header.value {
                fields[String(header.name.dropFirst(Self.prefix.count))] = String(decoding: bytes, as: UTF8.self)
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
        isCut = ["size", "key-size", "headers-missing"].contains { fields[$0] != nil }
    }
}
