/// A message of a control topic, with its place in the log.
public struct ControlRecord: Sendable {
    public var arrow: Arrow
    public var offset: Int64
    public var timestampMilliseconds: Int64?
    public var message: ReceivedMessage

    public init(arrow: Arrow, offset: Int64, timestampMilliseconds: Int64?, message: ReceivedMessage) {
        self.arrow = arrow
        self.offset = offset
        self.timestampMilliseconds = timestampMilliseconds
        self.message = message
    }
}

extension ControlRecord {
    /// Reads a record of an arrow's topic.
    /// - Throws: `malformed` or `tooLarge`.
    public init(
        arrow: Arrow, offset: Int64, timestampMilliseconds: Int64?, headers: [OutgoingRecord.Header], value: [UInt8]?
    ) throws(MessageError) {
        try MessageCodec.checkSize(of: arrow, headers: headers, value: value)
        self.init(
            arrow: arrow, offset: offset, timestampMilliseconds: timestampMilliseconds,
            message: try MessageCodec.decode(headers: headers, value: value))
    }

    /// When it was sent, by the clock on the wall; nil when neither its sender nor the broker tells a time.
    public var time: Timestamp? {
        message.envelope.time ?? timestampMilliseconds.flatMap { Timestamp(milliseconds: $0) }
    }
}
