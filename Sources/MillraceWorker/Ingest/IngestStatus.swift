public import Millrace

/// What ingest is doing, for the log and for `status`.
public struct IngestStatus: Sendable, Codable, Equatable {
    public struct Partition: Sendable, Codable, Equatable {
        public var topic: String
        public var partition: Int
        public var nextOffset: Int64
        public var watermark: Timestamp?
        public var sealedThrough: Timestamp?
        /// Where the oldest open window begins.
        public var openedFrom: Timestamp?
        public var openWindows: Int
        public var openRows: Int
        public var held: Int
        /// Records set aside since the assignment because their time lay in the future; nil: not known.
        public var future: Int?
        public var isReplaying: Bool
        public var isAtEnd: Bool
    }
    public var partitions: [Partition] = []
    /// When this life of ingest began.
    public var since: Timestamp?
    /// Records since the assignment.
    public var records = 0
    public var deadLetters = 0
    public var seals = 0
    public var recordsPerSecond = 0.0
    /// Of rows and dead letters in memory, and handed over but not written.
    public var bytes = 0
    /// Why nothing is read at the moment.
    public var paused: String?
    public init() {}
}
