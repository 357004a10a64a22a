import Kafka
import Millrace

/// What the ingest thread hands to the thread that writes files and sends messages. Done in order.
enum IngestJob: Sendable {
    /// Full chunks of a slice still open; `slice` is a number of its own.
    case chunks([RowChunk], slice: Int, folder: String, window: Window)
    /// Slices that nobody needs any more.
    case drop([Int])
    case seal(SealJob)
    case commit(CommitJob)
    /// Asks the brokers for the ends of partitions, to confirm that nothing more has come; of those that other processes
    /// own also how far they are.
    case survey(IdleWatch.Question)
}

/// One seal with all that goes out in its transaction.
struct SealJob: Sendable {
    struct Slice: Sendable {
        var id: Int
        var chunks: [RowChunk]
        var footer: SliceFooter
    }
    var origin: SliceOrigin
    var partitionCount: Int
    var windowSize: Int64
    var seal: Seal
    var slices: [Slice]
    var commit: CommitJob
}

/// Offsets to commit, with the dead letters that were decided below them.
struct CommitJob: Sendable {
    var offsets: [CommittedOffset]
    var deadLetters: [OutgoingRecord] = []
    var metadata: GroupMetadata
}

/// What the other thread has to say.
enum IngestReport: Sendable {
    case committed([CommittedOffset], seals: [SliceSealed])
    case surveyed(IdleWatch.Answer)
    case failed(any Error)
}
