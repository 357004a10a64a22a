public import Millrace

/// Where the pages get what they show, and who carries out what is asked of them. The worker fulfils it; so do tests.
public protocol PipelineSource: Sendable {
    /// Whether this process looks at the pipeline; if not there is never a snapshot.
    var isObserving: Bool { get }
    /// Of the last look at the pipeline; nil before the first.
    var snapshot: PipelineSnapshot? { get }
    /// Of this moment.
    var process: ProcessFacts { get }
    /// The share of labels below which runs are refused; nil without labels.
    var minimumMatch: Double? { get }
    /// How long a window is, and how long it waits for late events.
    var windows: WindowSettings { get }
    /// Folders whose disks are to be watched, by what they are called.
    var folders: [(name: String, path: String)] { get }

    /// The newest, in the order in which they were set aside. May take seconds.
    func deadLetters() throws -> [DeadLetter]
    /// A file of the pipeline's folder, held against its checksum.
    func file(_ reference: FileReference) throws -> [UInt8]
    /// Sends a request under an id of its own. May take seconds.
    func send(_ request: OperatorRequest) throws -> RequestID
}

/// What operators ask for over HTTP.
public enum OperatorRequest: Sendable, Equatable {
    case retrain(RetrainRequested)
    case promote(PromoteRequested)
    case rollback(RollbackRequested)
    case hold(HoldRequested)
    case resume(ResumeRequested)
}
