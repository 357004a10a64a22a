public import MillraceCore

/// Decides which window is transformed next, and what became of it: in order, none left out, each once.
///
/// It folds what transform itself has published, takes seals and requests as they come, and asks for one window at a
/// time. Nothing in it reads a file or a clock.
public struct TransformMachine: Sendable {
    public struct Settings: Sendable {
        public var featureHash: String
        public var windowSize: Duration
        /// How far features look back.
        public var reach: Duration
        /// From the first window on, so many windows are cold.
        public var warmUp: Duration
        /// How far back windows are read again to remake what is carried from one window to the next.
        public var memory: Duration
        /// How far of that features look; the rest is for the join of labels alone.
        public var featureMemory: Duration
        /// How far before the last window of another feature set one of this set begins, when the definitions change.
        /// Nil: at the first window of the stream.
        public var backfill: Duration?
        public var eventTopics: [String]
        public var labelTopics: [String]

        public init(
            featureHash: String, windowSize: Duration, reach: Duration, warmUp: Duration, memory: Duration,
            featureMemory: Duration? = nil, backfill: Duration? = nil, eventTopics: [String], labelTopics: [String]
        ) {
            self.featureHash = featureHash
            self.windowSize = windowSize
            self.reach = reach
            self.warmUp = warmUp
            self.memory = max(memory, reach)
            self.featureMemory = featureMemory ?? self.memory
            self.backfill = backfill
            self.eventTopics = eventTopics
            self.labelTopics = labelTopics
        }

        public init(_ pipeline: Pipeline, featureHash: String) {
            let reach = pipeline.features.map(\.reach).max() ?? .zero
            self.init(
                featureHash: featureHash, windowSize: pipeline.windows.size, reach: reach,
                warmUp: pipeline.training.warmUp ?? reach, memory: pipeline.memory,
                featureMemory: pipeline.readsLabels ? nil : reach, backfill: pipeline.backfill,
                eventTopics: pipeline.events.topics,
                labelTopics: pipeline.labels?.topics ?? [])
        }
    }

    /// One window to be transformed.
    public struct Build: Sendable, Equatable {
        public var window: Window
        public var events: [SliceLedger.Share]
        public var labels: [SliceLedger.Share]
        public var isCold: Bool
        /// Blocking rules only warn: somebody released the window from quarantine.
        public var isReleased: Bool
        /// The window's events are left out: somebody skipped it.
        public var isSkipped: Bool
        public var offsets: [String: Int64]
        /// The window before, through which state must have been carried or made again; nil at the stream's beginning.
        public var previous: Window?
        /// Only the join of labels looks back at it: it lies before the feature set's first window.
        public var isForLabelsOnly = false
        /// The labels of the window have been announced already (under another feature set).
        public var labelsAnnounced: Bool
        /// Retention may have removed its slices: the feature set would begin with it after another, or, of a window
        /// looked back at, the join of labels alone misses it.
        public var mayBeRemoved = false
        /// What the window may lack because the sources' retention had removed it.
        public var lost: [LostRecords] = []
    }

    /// The newest engine state that was written.
    public struct Checkpoint: Sendable, Equatable {
        public var window: Window
        public var file: FileReference
    }

    public enum Condition: Sendable, Equatable {
        /// Waits for a partition to seal (`topic/partition`), or for any event at all (nil).
        case waiting(for: String?, window: Window?)
        case building(Window)
        case quarantined(Window)
    }

    enum Order: Sendable, Equatable { case release, skip }

    private struct Former {
        var first: Window
        var last: Window
    }

    public let settings: Settings
    public private(set) var ledger: SliceLedger
    /// The last window published under this feature set, and the first.
    public private(set) var last: DatasetReady?
    public private(set) var first: Window?
    /// The labels last announced.
    public private(set) var lastLabels: LabelsArrived?
    public private(set) var checkpoint: Checkpoint?
    /// The first and the last window of any other feature set: where this one begins when it has none.
    private var former: Former?
    private var formerQuarantines: Set<Window> = []
    private var skipped: [Window] = []
    private var quarantined: DatasetQuarantined?
    private var orders: [Window: Order] = [:]
    private var building: Window?
    /// The first window whose slices retention has not removed, as far as is known.
    private var slicesBegin: Window?

    public init(settings: Settings) {
        self.settings = settings
        ledger = SliceLedger(events: settings.eventTopics, labels: settings.labelTopics)
    }

    // MARK: Folding what has been decided

    public mutating func fold(_ ready: DatasetReady) {
        guard ready.featureHash == settings.featureHash else {
            foldFormer(ready)
            return
        }
        if let last, ready.window <= last.window { return }
        if first == nil { first = ready.window }
        last = ready
        if let file = ready.state { checkpoint = Checkpoint(window: ready.window, file: file) }
        if ready.isSkipped { skipped.append(ready.window) }
        if quarantined?.window == ready.window { quarantined = nil }
    }

    /// What people decided about a window holds for the next feature set too.
    private mutating func foldFormer(_ ready: DatasetReady) {
        former = Former(
            first: min(former?.first ?? ready.window, ready.window),
            last: max(former?.last ?? ready.window, ready.window))
        if ready.isSkipped {
            orders[ready.window] = .skip
        } else if formerQuarantines.contains(ready.window) {
            orders[ready.window] = .release
        }
    }

    public mutating func fold(_ quarantine: DatasetQuarantined) {
        guard quarantine.featureHash == settings.featureHash else {
            formerQuarantines.insert(quarantine.window)
            return
        }
        if let last, quarantine.window <= last.window { return }
        quarantined = quarantine
    }

    public mutating func fold(_ labels: LabelsArrived) {
        if let lastLabels, labels.window <= lastLabels.window { return }
        lastLabels = labels
    }

    /// Where to begin reading `slices` after folding.
    public var slicesOffset: Int64 { last?.slicesRewindOffset ?? 0 }

    // MARK: Input

    public mutating func receive(_ seal: SliceSealed, offset: Int64) throws(MessageError) {
        try ledger.add(seal, offset: offset)
    }

    public mutating func receive(_ change: PartitionsChanged) { ledger.add(change) }

    public mutating func receive(_ release: QuarantineRelease) throws(MessageError) {
        try order(.release, for: release.window, by: release.requester)
    }

    public mutating func receive(_ skip: QuarantineSkip) throws(MessageError) {
        try order(.skip, for: skip.window, by: skip.requester)
    }

    private mutating func order(_ order: Order, for window: Window, by requester: String) throws(MessageError) {
        // Sent again after it was carried out, it is done, not wrong.
        if let last, window <= last.window { return }
        guard quarantined?.window == window else {
            throw MessageError(
                .invalidData,
                "\(requester) asks to \(order) \(window), but "
                    + (quarantined.map { "the window in quarantine is \($0.window)" } ?? "no window is in quarantine"))
        }
        orders[window] = order
    }

    // MARK: Deciding

    /// The next window to transform; nil while one is being transformed or none can be.
    public mutating func next() -> Build? {
        guard building == nil, let window = candidate, ledger.isComplete(window) else { return nil }
        let order = orders[window]
        guard quarantined == nil || order != nil else { return nil }
        building = window
        let start = first ?? window
        let isIncomplete = skipped.contains { $0.end + settings.reach > window.start }
        return Build(
            window: window,
            events: order == .skip ? [] : ledger.shares(of: window, kind: .events, after: nil),
            labels: ledger.shares(of: window, kind: .labels, after: previous(of: window)),
            isCold: window.start < start.start + settings.warmUp || isIncomplete || order == .skip,
            isReleased: order == .release, isSkipped: order == .skip, offsets: ledger.offsets(through: window),
            previous: previous(of: window), labelsAnnounced: lastLabels.map { $0.window >= window } ?? false,
            mayBeRemoved: last == nil && former != nil, lost: ledger.lost(in: window))
    }

    /// The window after the last, or the first with events. A feature set that follows another begins as far before
    /// the other's end as a run needs, or where the slices begin.
    private var candidate: Window? {
        if let last { return Window(start: last.window.end, end: last.window.end + settings.windowSize) }
        guard let begin = ledger.firstWindow, let former, let backfill = settings.backfill else {
            return ledger.firstWindow
        }
        let wanted = Window(holding: former.last.end - backfill, size: settings.windowSize)
        return max(begin, wanted, slicesBegin ?? begin)
    }

    /// The slices of a build that `mayBeRemoved` are gone: the feature set begins later.
    public mutating func removed(_ window: Window) {
        building = nil
        slicesBegin = Window(start: window.end, end: window.end + settings.windowSize)
    }

    /// The stream's first window that was ever transformed.
    private var begin: Window? { [first, former?.first].compactMap { $0 }.min() }

    func previous(of window: Window) -> Window? {
        guard let begin, begin < window else { return nil }
        return Window(start: window.start - settings.windowSize, end: window.start)
    }

    public var condition: Condition {
        if let building { return .building(building) }
        if let quarantined, orders[quarantined.window] == nil { return .quarantined(quarantined.window) }
        guard let candidate else { return .waiting(for: nil, window: nil) }
        return .waiting(for: ledger.firstIncomplete(candidate), window: candidate)
    }

    /// Where `slices` must be read again from, once a window has been published.
    public func rewindOffset(after window: Window) -> Int64 {
        ledger.rewindOffset(for: window.end - settings.memory)
    }

    /// The result of a build has been committed.
    public mutating func published(_ ready: DatasetReady, labels: LabelsArrived?) {
        building = nil
        orders[ready.window] = nil
        if let labels { fold(labels) }
        fold(ready)
        ledger.forget(through: ready.window.end - settings.memory)
        skipped.removeAll { $0.end + settings.memory <= ready.window.start }
    }

    /// The window has been put into quarantine, and that is committed.
    public mutating func published(_ quarantine: DatasetQuarantined) {
        building = nil
        orders[quarantine.window] = nil
        fold(quarantine)
    }

    /// The build failed; it is asked for again by the next call of `next`.
    public mutating func failed() { building = nil }

    /// The windows that are looked back at, oldest first: what is carried is made again from their slices.
    ///
    /// Labels of windows that were announced under another feature set are not announced again, so the join need only
    /// be right from the end of those on.
    public func history(before window: Window) -> [Build] {
        guard let begin, begin < window else { return [] }
        let start = first.map { min($0, window) } ?? window
        let forFeatures = max(start, Window(holding: window.start - settings.memory, size: settings.windowSize))
        let announced = max(window.start, former?.last.end ?? window.start)
        let forLabels = max(begin, Window(holding: announced - settings.memory, size: settings.windowSize))
        let seen = Window(holding: window.start - settings.featureMemory, size: settings.windowSize)
        var builds: [Build] = []
        var current = min(forFeatures, forLabels)
        while current < window {
            let isSkipped = skipped.contains(current) || (current < start && orders[current] == .skip)
            let previous = previous(of: current)
            builds.append(
                Build(
                    window: current,
                    events: isSkipped ? [] : ledger.shares(of: current, kind: .events, after: nil),
                    labels: ledger.shares(of: current, kind: .labels, after: previous), isCold: false,
                    isReleased: true, isSkipped: isSkipped, offsets: [:], previous: previous,
                    isForLabelsOnly: current < start, labelsAnnounced: true,
                    mayBeRemoved: current < start || current < seen))
            current = Window(start: current.end, end: current.end + settings.windowSize)
        }
        return builds
    }
}
