public import MillraceCore

/// One run, from what set it off to its verdict, in a few fields.
public struct RunSummary: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable, CaseIterable {
        case queued, running, trained
        /// A waiting run answers for it.
        case merged
        case refused, failed
        /// Verdicts.
        case published, rejected, inconclusive
        case awaitingApproval = "awaiting-approval"

        public var isOver: Bool { self != .queued && self != .running && self != .trained }
    }

    public var run: String
    public var state: State
    /// `every`, `request` … and the trigger's text or the request's reason.
    public var trigger = ""
    public var reason = ""
    public var requester: String?
    public var requests: [RequestID] = []
    /// The watermark at which it was decided.
    public var asOf: Timestamp?
    public var training: Window?
    public var holdout: Window?
    public var attempt = 0
    /// By the clock on the wall.
    public var started: Timestamp?
    public var ended: Timestamp?
    public var progress: RunProgress?
    public var trainingRows: Int?
    public var trainingPositives: Int?
    public var holdoutPositives: Int?
    public var milliseconds: Int?
    /// The challenger's own figures on its holdout.
    public var metrics: [String: Double] = [:]
    public var version: Int?
    /// Why there is no model, or what the gate said.
    public var reasons: [ReleaseReason] = []
    /// The run that answers for this one.
    public var into: String?

    /// Where `models` speaks of it first.
    var order = Int64.max

    private enum CodingKeys: String, CodingKey {
        case run, state, trigger, reason, requester, requests, asOf, training, holdout, attempt, started, ended,
            progress
        case trainingRows, trainingPositives, holdoutPositives, milliseconds, metrics, version, reasons, into
    }

    /// What set it off, for people.
    public var cause: String { RunTrigger.Kind(rawValue: trigger)?.words(reason) ?? reason }

    public init(_ run: String, state: State, trigger: RunTrigger?) {
        self.run = run
        self.state = state
        if let trigger { set(trigger) }
    }

    mutating func set(_ trigger: RunTrigger) {
        self.trigger = trigger.kind.rawValue
        reason = trigger.text
        requester = trigger.requester
        requests = trigger.requests
    }
}
