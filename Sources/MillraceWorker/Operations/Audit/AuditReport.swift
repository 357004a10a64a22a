import Millrace

/// What an audit found: the sums, and every fault with where it is.
public struct AuditReport: Sendable, Codable, Equatable {
    public struct Fault: Sendable, Codable, Equatable {
        public enum Code: String, Sendable, Codable {
            /// Offsets that no seal accounts for, or two do.
            case gap, overlap
            /// Offsets that retention removed before they were read.
            case lostRecords = "lost-records"
            /// A ledger, or a count, disagrees with the message that names it.
            case disagreement
            case missingFile = "missing-file"
            /// A message that must be there, by those that are.
            case missingMessage = "missing-message"
            case damagedFile = "damaged-file"
            /// A dead offset without its dead letter.
            case lostDeadLetter = "lost-dead-letter"
            /// A slice in no dataset, or in two.
            case unusedSlice = "unused-slice"
            case repeatedSlice = "repeated-slice"
            /// A dataset names a slice that nobody sealed.
            case unknownSlice = "unknown-slice"
            /// A release that does not lead back to offsets.
            case unresolvedRelease = "unresolved-release"
        }

        public var code: Code
        /// `transactions/2`, a window, a version.
        public var place: String
        public var message: String

        public init(_ code: Code, _ place: String, _ message: String) {
            self.code = code
            self.place = place
            self.message = message
        }
    }

    /// What became of the offsets of a partition.
    public struct Partition: Sendable, Codable, Equatable {
        public var partition: String
        public var seals = 0
        public var slices = 0
        /// The first offset ever decided, and the first not decided yet by a seal.
        public var firstOffset: Int64 = 0
        public var nextOffset: Int64 = 0
        public var committed: Int64?
        public var rows = 0
        public var late = 0
        public var duplicates = 0
        public var dead = 0
        /// Markers of transactions, aborted and compacted records.
        public var absent = 0
        /// Removed by retention before they were read.
        public var lost = 0
        /// Below the committed offset, in windows that are still open.
        public var open: Int64 { max(0, (committed ?? nextOffset) - nextOffset) }

        public init(_ partition: String) { self.partition = partition }
    }

    public var partitions: [Partition] = []
    public var datasets = 0
    public var releases = 0
    public var filesChecked = 0
    public var bytesChecked = 0
    /// Files that retention has removed, as declared.
    public var filesExpired = 0
    public var faults: [Fault] = []

    public init() {}

    public var isClean: Bool { faults.isEmpty }
}
