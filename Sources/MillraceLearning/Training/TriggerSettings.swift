public import MillraceCore

/// The moments of a schedule, in one time zone.
public protocol MomentSchedule: Sendable {
    /// The first moment after the given one; nil when there is none.
    func next(after moment: Timestamp) -> Timestamp?
}

/// What the trigger machine must know of the pipeline.
public struct TriggerSettings: Sendable {
    public var pipeline: String
    public var triggers: [Trigger]
    public var planner: RunPlanner
    public var configurationHash: String
    public var attempts: Int
    /// For each cron text among the triggers.
    public var schedules: [String: any MomentSchedule]
    /// Runs that may wait; beyond it requests are refused.
    public var pendingLimit = 16

    public init(
        pipeline: String, triggers: [Trigger], planner: RunPlanner, configurationHash: String, attempts: Int = 3,
        schedules: [String: any MomentSchedule] = [:]
    ) {
        self.pipeline = pipeline
        self.triggers = triggers
        self.planner = planner
        self.configurationHash = configurationHash
        self.attempts = attempts
        self.schedules = schedules
    }

    public var featureHash: String { planner.featureHash }
    public var windowSize: Duration { planner.windowSize }
}

extension Trigger {
    /// In the pipeline file's words: names the trigger in messages, and finds its progress again after an edit.
    public var text: String {
        switch self {
        case .every(let span, let from):
            "every \(DurationText.format(span))" + (from.map { " from \($0)" } ?? "")
        case .windows(let count): "every \(count) windows"
        case .events(let count): "every \(count) events"
        case .labels(let count): "every \(count) labels"
        case .schedule(let cron, let wallClock): "schedule \(cron)" + (wallClock ? " by the wall clock" : "")
        }
    }

    var kind: RunTrigger.Kind {
        switch self {
        case .every: .every
        case .windows: .windows
        case .events: .events
        case .labels: .labels
        case .schedule(_, let wallClock): wallClock ? .wallSchedule : .schedule
        }
    }
}
