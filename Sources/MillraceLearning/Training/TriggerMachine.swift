public import MillraceCore

/// Turns datasets, labels, schedules and requests into one run at a time. A pure value: the shell feeds it what it
/// reads and sends what it decides.
///
/// While a run is under way `readsDatasets` is false, and the shell reads no further in `datasets`: so the moments in
/// event time at which runs happen, and what each of them sees, depend on the log alone and never on how long a
/// machine took to train. Requests and wall-clock schedules are read at any time; they start at once, wait behind the
/// run under way, or are answered by a run that waits already. Each decision's state records the offsets at which it
/// was taken, which is where a restart goes on.
public struct TriggerMachine: Sendable {
    public let settings: TriggerSettings
    public internal(set) var state: TriggerState
    public internal(set) var catalog: DatasetCatalog
    /// The run under way, as it was last started.
    public internal(set) var open: RunStarted?
    /// Requests are answered once, however often they are sent.
    var requests: Set<RequestID>
    /// Wall-clock schedules count from the first tick, until a decision has recorded how far they are.
    var wallStart: Timestamp?

    /// - Parameter log: the folded `models` and `releases`; empty for a new pipeline.
    public init(_ settings: TriggerSettings, log: RunLog = .init(), catalog: DatasetCatalog = .init()) {
        self.settings = settings
        self.catalog = catalog
        state = log.state
        open = log.open
        requests = log.requests
        // Triggers as they are declared now: those that were there keep their progress, the rest begin here.
        let known = log.state.triggers
        state.triggers = settings.triggers.map { trigger in
            if let progress = known.first(where: { $0.key == trigger.text }) { return progress }
            let isNewToData = log.state.through != nil && trigger.kind != .wallSchedule
            return .init(key: trigger.text, through: isNewToData ? log.state.through : nil)
        }
    }

    /// Whether the shell may hand over the next message of `datasets`.
    public var readsDatasets: Bool {
        #if MUTATIONS
            if Mutation.mergeTriggers.isOn { return true }
        #endif
        return open == nil
    }

    /// A label file was announced. It is only taken note of: runs fire at datasets, which follow their labels.
    public mutating func handle(_ labels: LabelsArrived, offset: Int64) {
        precondition(readsDatasets, "datasets are not read while a run is under way")
        guard take(offset) else { return }
        guard catalog.add(labels) else { return }
        for index in state.triggers.indices where settings.triggers[index].kind == .labels {
            state.triggers[index].count += labels.labels
        }
    }

    /// A dataset was announced; at most one run follows.
    public mutating func handle(_ dataset: DatasetReady, offset: Int64) -> [TriggerDecision] {
        precondition(readsDatasets, "datasets are not read while a run is under way")
        guard take(offset) else { return [] }
        guard catalog.add(dataset), dataset.featureHash == settings.featureHash else { return [] }
        if state.first == nil { state.first = dataset.window.start }
        let before = state.through
        // A window that is filled in behind the newest, for a second feature set, moves nothing.
        guard dataset.window.end > before ?? .distantPast else { return [] }
        state.through = dataset.window.end
        for index in state.triggers.indices {
            switch settings.triggers[index].kind {
            case .windows: state.triggers[index].count += 1
            case .events: state.triggers[index].count += dataset.rows
            default: break
            }
        }
        var fired: (trigger: RunTrigger, asOf: Timestamp)?
        for index in state.triggers.indices {
            guard let candidate = fire(index, window: dataset.window) else { continue }
            // Triggers that fire at the same dataset ask for the same run.
            if fired == nil { fired = candidate }
        }
        guard let fired else { return [] }
        #if MUTATIONS
            if open != nil { return [] }
        #endif
        return begin(run: runID(fired.trigger, asOf: fired.asOf), fired.trigger, asOf: fired.asOf, request: nil)
    }

    /// A message of `datasets` that decides nothing.
    public mutating func skip(datasetsOffset offset: Int64) { _ = take(offset) }

    /// False for what was taken into account before a restart.
    private mutating func take(_ offset: Int64) -> Bool {
        guard offset >= state.datasetsOffset else { return false }
        state.datasetsOffset = offset + 1
        return true
    }

    /// Whether a declared trigger fires at the newest dataset, and the watermark it asks for.
    private mutating func fire(_ index: Int, window: Window) -> (trigger: RunTrigger, asOf: Timestamp)? {
        let trigger = settings.triggers[index]
        let progress = state.triggers[index]
        func result(_ moment: Timestamp?, _ asOf: Timestamp) -> (trigger: RunTrigger, asOf: Timestamp) {
            (RunTrigger(kind: trigger.kind, text: trigger.text, moment: moment), asOf)
        }
        switch trigger {
        case .every(let span, let from):
            guard let anchor = from ?? state.first,
                let moment = Self.newestMoment(
                    every: span, anchor: anchor, includingAnchor: from != nil, by: window.end),
                moment > progress.through ?? .distantPast
            else { return nil }
            state.triggers[index].through = moment
            return result(moment, ceiling(moment))
        case .schedule(let cron, wallClock: false):
            guard let schedule = settings.schedules[cron],
                let moment = Self.newestMoment(of: schedule, after: progress.through ?? window.start, by: window.end)
            else { return nil }
            state.triggers[index].through = moment
            return result(moment, ceiling(moment))
        case .windows(let count), .events(let count), .labels(let count):
            guard progress.count >= count else { return nil }
            state.triggers[index].count = 0
            return result(nil, window.end)
        case .schedule(_, wallClock: true): return nil
        }
    }

    private func ceiling(_ moment: Timestamp) -> Timestamp {
        let window = Window(holding: moment, size: settings.windowSize)
        return window.start == moment ? moment : window.end
    }

    static func newestMoment(
        every span: Duration, anchor: Timestamp, includingAnchor: Bool, by end: Timestamp
    ) -> Timestamp? {
        let width = max(span.microseconds, 1)
        let steps = Timestamp.floorDivide(end.microseconds - anchor.microseconds, width).quotient
        guard steps >= (includingAnchor ? 0 : 1) else { return nil }
        return Timestamp(microseconds: anchor.microseconds + steps * width)
    }

    static func newestMoment(of schedule: any MomentSchedule, after: Timestamp, by end: Timestamp) -> Timestamp? {
        var newest: Timestamp?
        var moment = after
        while let next = schedule.next(after: moment), next <= end, next > moment {
            newest = next
            moment = next
        }
        return newest
    }
}
