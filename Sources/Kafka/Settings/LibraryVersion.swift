internal import Crdkafka

/// The version of librdkafka that runs, which may be newer than the one compiled against.
///
/// What differs between versions is asked here by name, so that every workaround can be found, and dropped once the
/// oldest supported version (2.0.2) has moved on.
public struct LibraryVersion: Comparable, Sendable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let revision: Int

    public init(_ major: Int, _ minor: Int, _ revision: Int) {
        self.major = major
        self.minor = minor
        self.revision = revision
    }

    /// The library loaded into this process.
    public static let running: LibraryVersion = {
        let version = Int(rd_kafka_version())
        return LibraryVersion((version >> 24) & 0xff, (version >> 16) & 0xff, (version >> 8) & 0xff)
    }()

    /// The oldest version that works.
    public static let minimum = LibraryVersion(2, 0, 2)

    /// Consuming in batches neither loses nor repeats messages around pause, seek and rebalance.
    public var batchQueueIsSafe: Bool { self >= LibraryVersion(2, 1, 0) }

    /// `fetch.queue.backoff.ms` exists: a full fetch queue need not stall the fetcher for up to a second.
    public var fetchQueueBackoff: Bool { self >= LibraryVersion(2, 3, 0) }

    /// SCRAM authentication works with current brokers.
    public var scramWorks: Bool { self >= LibraryVersion(2, 12, 0) }

    /// The cooperative-sticky assignor neither hangs on close nor loses its assignment on a commit.
    public var cooperativeAssignorIsSafe: Bool { self >= LibraryVersion(2, 10, 0) }

    public var description: String { "\(major).\(minor).\(revision)" }

    public static func < (left: LibraryVersion, right: LibraryVersion) -> Bool {
        (left.major, left.minor, left.revision) < (right.major, right.minor, right.revision)
    }
}
