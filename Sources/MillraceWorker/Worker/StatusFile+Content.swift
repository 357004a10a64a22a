public import Millrace

extension StatusFile {
    /// What one process says of itself.
    public struct Content: Codable, Sendable {
        public var process: Int32
        /// The tick at which the process began; nil where that is not to be learnt.
        var start: UInt64?
        public var instance: String
        public var updated: Timestamp
        public var roles: [RoleHealth.State]
        public var ingest: IngestStatus?
        /// Spans that will not be sent; nil without a collector.
        public var droppedSpans: Int?
    }
}
