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
        /// How long events are remembered for labels; never less than `reach`.
        public var memory: Duration
        public var eventTopics: [String]
        public var labelTopics: [String]

        public init(
            featureHash: String, windowSize: Duration, reach: Duration, warmUp: Duration, memory: Duration,
            eventTopics: [String], labelTopics: [String]
        ) {
            self.featureHash = featureHash
            self.windowSize = windowSize
            self.reach = reach
            self.warmUp = warmUp
            self.memory = max(memory, reach)
            self.eventTopics = eventTopics
            self.labelTopics = labelTopics
        }

        public init(_ pipeline: Pipeline, featureHash: String) {
            let reach = pipeline.features.map(\.reach).max() ?? .zero
            self.init(
                featureHash: featureHash, windowSize: pipeline.windows.size, reach: reach,
                warmUp: pipeline.training.warmUp ?? reach, memory: pipeline.labels?.horizon ?? .zero,
                eventTopics: pipeline.events.topics, labelTopics: pipeline.labels?.topics ?? [])
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
        /// Windows already published whose state must be made again first, when it is not at hand.
        public var previous: Window?
        /// The labels of the window have been announced already (under another feature set).
        public var labelsAnnounced: Bool
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

    public let settings: Settings
    public private(set) var ledger: SliceLedger
    /// The last window published under this feature set, and the first.
    public private(set) var last: DatasetReady?
    public private(set) var first: Window?
    /// The labels last announced.
    public private(set) var lastLabels: LabelsArrived?
    public private(set) var checkpoint: Checkpoint?
    private var skipped: [Window] = []
    private var quarantined: DatasetQuarantined?
    private var orders: [Window: Order] = [:]
    private var building: Window?

    public init(settings: Settings) {
        self.settings = settings
        ledger = SliceLedger(events: settings.eventTopics, labels: settings.labelTopics)
    }

    // MARK: Folding what has been decided

    public mutating func fold(_ ready: DatasetReady) {
        guard ready.featureHash == settings.featureHash else { return }
        if let last, ready.window <= last.window { return }
        if first == nil { first = ready.window }
        last = ready
        if let file = ready.state { checkpoint = Checkpoint(window: ready.window, file: file) }
        if ready.isSkipped { skipped.append(ready.window) }
        if quarantined?.window == ready.window { quarantined = nil }
    }

    public mutating func fold(_ quarantine: DatasetQuarantined) {
        guard quarantine.featureHash == settings.featureHash else { return }
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
            labels: ledger.shares(of: window, kind: .labels, after: last?.window),
            isCold: window.start < start.start + settings.warmUp || isIncomplete || order == .skip,
            isReleased: order == .release, isSkipped: order == .skip, offsets: ledger.offsets(through: window),
            previous: last?.window, labelsAnnounced: lastLabels.map { $0.window >= window } ?? false)
    }

    /// The window after the last, or the first with events.
    private var candidate: Window? {
        guard let last else { return ledger.firstWindow }
        return Window(start: last.window.end, end: last.window.end + settings.windowSize)
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
        skipped.removeAll { $0.end + settings.reach <= ready.window.start }
    }

    /// The window has been put into quarantine, and that is committed.
    public mutating func published(_ quarantine: DatasetQuarantined) {
        building = nil
        orders[quarantine.window] = nil
        fold(quarantine)
    }

    /// The build failed; it is asked for again by the next call of `next`.
    public mutating func failed() { building = nil }

    /// Slices of windows already published that features still look back at, oldest first: what state is made again
    /// from.
    public func history(before window: Window) -> [Build] {
        guard let last, let first else { return [] }
        let earliest = window.start - settings.memory
        var builds: [Build] = []
        var current = max(first, Window(holding: earliest, size: settings.windowSize))
        var previous: Window? =
            current == first
            ? nil
            : Window(
                start: current.start - settings.windowSize, end: current.start)
        while current <= last.window {
            builds.append(
                Build(
                    window: current,
                    events: skipped.contains(current) ? [] : ledger.shares(of: current, kind: .events, after: nil),
                    labels: ledger.shares(of: current, kind: .labels, after: previous), isCold: false,
                    isReleased: true, isSkipped: skipped.contains(current), offsets: [:], previous: previous,
                    labelsAnnounced: true))
            previous = current
            current = Window(start: current.end, end: current.end + settings.windowSize)
        }
        return builds
    }
}
