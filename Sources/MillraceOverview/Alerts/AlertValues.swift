import MillraceLearning
public import MillraceCore

/// What the rules look at, at one moment: figures that the metrics show too.
public struct AlertValues: Sendable, Equatable {
    public struct Group: Sendable, Equatable {
        public var role: Role
        /// Partitions by the verdict on their lag.
        public var partitions: [LagVerdict.Code: Int] = [:]
        /// Records that retention removed and that are still to be read.
        public var lost: Int64 = 0
        /// How far the next offset is above the oldest that is kept, as a share of what is kept; 1 without a lag.
        public var unreadRetained = 1.0

        public init(role: Role) { self.role = role }
    }

    public struct Stage: Sendable, Equatable {
        /// Behind the newest event, in event time.
        public var behindSeconds: Double?
        /// Since it has moved, by the clock.
        public var unchangedSeconds: Double?

        public init(behindSeconds: Double? = nil, unchangedSeconds: Double? = nil) {
            (self.behindSeconds, self.unchangedSeconds) = (behindSeconds, unchangedSeconds)
        }
    }

    public struct Process: Sendable, Equatable {
        public var instance: String
        /// Roles that failed and have not worked since.
        public var failing: [Role]
        public var isPaused: Bool

        public init(instance: String, failing: [Role] = [], isPaused: Bool = false) {
            (self.instance, self.failing, self.isPaused) = (instance, failing, isPaused)
        }
    }

    public struct Disk: Sendable, Equatable {
        /// `INSTANCE/FOLDER`
        public var name: String
        public var freeBytes: Double
        public var sizeBytes: Double

        public init(name: String, freeBytes: Double, sizeBytes: Double) {
            (self.name, self.freeBytes, self.sizeBytes) = (name, freeBytes, sizeBytes)
        }
    }

    /// Records that ingest sealed as lost.
    public struct Loss: Sendable, Equatable {
        public var time: Timestamp
        public var records: Int

        public init(time: Timestamp, records: Int) { (self.time, self.records) = (time, records) }
    }

    /// By the clock on the wall.
    public var time: Timestamp
    /// When the groups' offsets were last read; nil before the first time.
    public var observed: Timestamp?
    /// Those that could be read.
    public var groups: [Group] = []
    public var losses: [Loss] = []
    public var sealed = Stage()
    public var champion = Stage()
    /// Of a window with its lateness.
    public var windowSeconds = 0.0
    public var isQuarantined = false
    public var labelsAreSilent = false
    public var matchRate: Double?
    public var minimumMatch: Double?
    /// In their topic.
    public var deadLetters: Int64?
    /// The sum of the next offsets of ingest.
    public var ingestPosition: Int64?
    /// Of all windows sealed.
    public var lateEvents = 0
    public var sealedEvents = 0
    public var approvalsWaiting = 0
    public var lastFailedRun: Timestamp?
    public var lastRollback: Timestamp?
    /// Of this machine.
    public var processes: [Process] = []
    public var disks: [Disk] = []

    public init(time: Timestamp) { self.time = time }
}

extension AlertValues {
    /// What was observed of a pipeline.
    public init(_ observation: Observation, view: PipelineView, pipeline: Pipeline, deadLetters: Int64) {
        self.init(time: observation.time)
        observed = observation.time
        groups = observation.groups.compactMap { group in
            guard let role = group.role else { return nil }
            var values = Group(role: role)
            for partition in group.partitions { values.partitions[partition.verdict.code, default: 0] += 1 }
            values.lost = group.lost
            values.unreadRetained = group.partitions.map(\.unreadRetained).min() ?? 1
            return values
        }
        func stage(_ stage: Freshness.Stage) -> Stage {
            let reached = observation.freshness?.reached(stage)
            return Stage(behindSeconds: reached?.behindSeconds, unchangedSeconds: reached?.unchangedSeconds)
        }
        (sealed, champion) = (stage(.sealed), stage(.champion))
        windowSeconds = Double((pipeline.windows.size + pipeline.windows.lateness).microseconds) / 1e6
        isQuarantined = view.quarantined != nil
        labelsAreSilent = view.labels?.isSilent ?? false
        (matchRate, minimumMatch) = (view.labels?.matchRate, pipeline.labels?.minimumMatch)
        self.deadLetters = deadLetters
        ingestPosition = observation.group(of: .ingest)?.partitions.reduce(0) { $0 + ($1.committed ?? 0) }
        let events = view.partitions.values.filter { $0.kind == .events }
        losses = view.losses.map { Loss(time: $0.time, records: $0.records) }
        lateEvents = events.reduce(0) { $0 + $1.late }
        sealedEvents = events.reduce(0) { $0 + $1.rows }
        approvalsWaiting = view.publish.versions.values.count { $0.status == .awaitingApproval }
        lastFailedRun = view.lastFailure
        lastRollback = view.lastRollback
    }
}

extension PartitionObservation {
    /// How far the next offset is above the oldest that is kept, as a share of all that is kept: at 0 the next record to
    /// be read is the next to be removed. 1 without a lag, and before anything was removed.
    public var unreadRetained: Double {
        guard lag > 0, end > low, low > 0 else { return 1 }
        return Double(max(committed ?? low, low) - low) / Double(end - low)
    }
}
