/// What wakes somebody. Names, severities and spans are those of the rules for Prometheus (deploy/prometheus), and what
/// each means and what to do stands in docs/reference/alerts.md.
///
/// That a process is down cannot be said by itself: `MillraceDown` is Prometheus's alone.
public enum AlertRule: String, Sendable, CaseIterable {
    case lagGrowing = "MillraceLagGrowing"
    case partitionStalled = "MillracePartitionStalled"
    case partitionStopped = "MillracePartitionStopped"
    case unreadNearRetention = "MillraceUnreadNearRetention"
    case recordsLost = "MillraceRecordsLost"
    case noSealedWindow = "MillraceNoSealedWindow"
    case windowQuarantined = "MillraceWindowQuarantined"
    case labelsSilent = "MillraceLabelsSilent"
    case labelMatchLow = "MillraceLabelMatchLow"
    case deadLettersRising = "MillraceDeadLettersRising"
    case lateEventsRising = "MillraceLateEventsRising"
    case runFailed = "MillraceRunFailed"
    case approvalWaiting = "MillraceApprovalWaiting"
    case rolledBack = "MillraceRolledBack"
    case championStale = "MillraceChampionStale"
    case diskFilling = "MillraceDiskFilling"
    case ingestPaused = "MillraceIngestPaused"
    case roleFailing = "MillraceRoleFailing"
    case notObserving = "MillraceNotObserving"

    public enum Severity: String, Sendable, Codable {
        /// Data or decisions stand still or are lost until somebody acts.
        case critical
        /// Something gets worse.
        case warning
        /// A person is asked for something.
        case info
    }

    public var severity: Severity {
        switch self {
        case .partitionStalled, .partitionStopped, .unreadNearRetention, .recordsLost, .noSealedWindow,
            .windowQuarantined, .diskFilling, .ingestPaused, .roleFailing:
            .critical
        case .lagGrowing, .labelsSilent, .labelMatchLow, .deadLettersRising, .lateEventsRising, .runFailed,
            .rolledBack, .championStale, .notObserving:
            .warning
        case .approvalWaiting: .info
        }
    }

    /// How long its condition must hold before it fires.
    public var span: Duration {
        switch self {
        case .lagGrowing, .diskFilling, .ingestPaused: .seconds(600)
        case .partitionStalled, .partitionStopped, .unreadNearRetention, .noSealedWindow, .roleFailing: .seconds(300)
        case .championStale: .seconds(3600)
        case .recordsLost, .windowQuarantined, .labelsSilent, .labelMatchLow, .deadLettersRising, .lateEventsRising,
            .runFailed, .approvalWaiting, .rolledBack, .notObserving:
            .seconds(60)
        }
    }

    /// Whether it is about a machine: only a process there can say that it is over.
    public var isLocal: Bool {
        switch self {
        case .diskFilling, .ingestPaused, .roleFailing, .notObserving: true
        default: false
        }
    }
}

/// One thing that can be wrong: an alert, and what it is about.
public struct AlertKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// A rule's name; perhaps of a rule that this version does not know.
    public var alert: String
    /// A role, `INSTANCE/ROLE`, `INSTANCE/FOLDER`, an instance; empty for the pipeline as a whole.
    public var subject: String

    public init(alert: String, subject: String) {
        self.alert = alert
        self.subject = subject
    }

    public init(_ rule: AlertRule, _ subject: String = "") { self.init(alert: rule.rawValue, subject: subject) }

    public static func < (a: AlertKey, b: AlertKey) -> Bool { (a.alert, a.subject) < (b.alert, b.subject) }
    public var description: String { subject.isEmpty ? alert : "\(alert)/\(subject)" }
}
