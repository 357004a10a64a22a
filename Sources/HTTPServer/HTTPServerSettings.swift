/// What a server accepts, and how much of it.
public struct HTTPServerSettings: Sendable {
    /// PEM texts.
    public struct Certificate: Sendable, Equatable {
        public var chain: String
        public var key: String
        public init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    /// A name or an address; empty for every address of the machine.
    public var host: String
    /// 0 for any that is free.
    public var port: UInt16
    /// Without it the server speaks plain HTTP.
    public var certificate: Certificate?
    /// Connections at a time. For one more that connection is closed which has been waited for longest without a whole
    /// request; when all others are being answered, newcomers wait in the kernel's queue, which refuses them when it is
    /// full.
    public var connectionLimit = 256
    /// Connections at a time from one address; others are closed as they come.
    public var addressLimit = 128
    /// Time for a request to arrive whole, counted from the connection's beginning or the previous answer's end; and
    /// for an answer that is not a stream to be taken.
    public var receiveTimeout: Duration = .seconds(20)
    public var sendTimeout: Duration = .seconds(60)
    /// A request's line and headers must fit into it; a connection's memory is about so much.
    public var headerBytes = 24 << 10
    /// A larger body is answered with 413.
    public var bodyBytes = 64 << 10
    /// Answers that clients have yet to take, all together; one more is answered with 503. Small ones are not counted:
    /// connections bound them.
    public var answerBytes = 32 << 20
    static let smallAnswerBytes = 4 << 10
    /// Streams at a time; one more is answered with 503.
    public var streamLimit = 64

    public init(host: String = "127.0.0.1", port: UInt16 = 0) {
        self.host = host
        self.port = port
    }
}
