public import MillraceCore

/// Whether labels find their events: the health of the join, over the labels' horizon.
///
/// Events are remembered by a 64-bit hash of their id, sorted, per window: 8 bytes an event. (Of a billion pairs of
/// different ids one in 18 billion would be taken for equal; the figures made here are shares and counts, never data.)
public struct LabelMatcher: Sendable {
    /// What the labels of one window came to.
    public struct Arrival: Sendable, Equatable {
        public var labels = 0
        public var positives = 0
        public var negatives = 0
        public var withdrawn = 0
        public var changed = 0
        public var unmatched = 0
        /// How many more events have a known label now, by the event's age in windows: first those of this window.
        public var labelledByAge: [Int] = []

        mutating func count(_ more: Int, age: Int) {
            guard more != 0 else { return }
            while labelledByAge.count <= age { labelledByAge.append(0) }
            labelledByAge[age] += more
        }
    }

    private struct Remembered: Sendable {
        var window: Window
        var events: [UInt64] = []
        var labels = 0
        var matched = 0
    }

    private let horizon: Duration
    private var windows: [Remembered] = []
    /// The last value and the time of every label, by the event's hash.
    private var values: [UInt64: (value: Int64, known: Int64)] = [:]
    /// Labels whose event has not been seen, with the window they came in.
    private var waiting: [UInt64: Window] = [:]
    public private(set) var lastKnown: Timestamp?

    public init(horizon: Duration) { self.horizon = horizon }

    /// Takes in one window's events and labels, in the order of windows.
    ///
    /// - Parameters:
    ///   - events: the cells of the events' id column.
    ///   - labels: with the columns of `LabelSource.sliceColumns`.
    public mutating func add(window: Window, events: CellColumn, labels: RowTable) -> Arrival {
        var remembered = Remembered(window: window)
        remembered.events.reserveCapacity(events.cells.count)
        for row in events.cells.indices {
            if let hash = Self.hash(events, row) { remembered.events.append(hash) }
        }
        remembered.events.sort()
        windows.append(remembered)
        var arrival = Arrival()
        forget(before: window.end - horizon, &arrival)
        for row in events.cells.indices {
            guard let hash = Self.hash(events, row), let came = waiting.removeValue(forKey: hash) else { continue }
            if let index = windows.lastIndex(where: { $0.window == came }) { windows[index].matched += 1 }
            if let known = values[hash], known.value >= 0 { arrival.count(1, age: 0) }
        }
        take(labels, window, &arrival)
        return arrival
    }

    private mutating func take(_ labels: RowTable, _ window: Window, _ arrival: inout Arrival) {
        guard let events = labels.column("event"), let values = labels.column("value") else { return }
        let current = windows.count - 1
        for row in 0..<labels.count {
            guard let hash = Self.hash(events, row), let value = values.integer(row) else { continue }
            arrival.labels += 1
            switch value {
            case 1: arrival.positives += 1
            case 0: arrival.negatives += 1
            default: arrival.withdrawn += 1
            }
            let former = self.values[hash]?.value
            if let former, former != value { arrival.changed += 1 }
            self.values[hash] = (value, labels.times[row])
            let known = Timestamp(microseconds: labels.times[row])
            lastKnown = max(lastKnown ?? known, known)
            windows[current].labels += 1
            if let found = windowIndex(of: hash) {
                windows[current].matched += 1
                let wasKnown = (former ?? -1) >= 0
                arrival.count((value >= 0 ? 1 : 0) - (wasKnown ? 1 : 0), age: current - found)
            } else {
                waiting[hash] = window
            }
        }
    }

    /// Share of the labels of the horizon whose event has been found; nil without labels.
    public var matchRate: Double? {
        let labels = windows.reduce(0) { $0 + $1.labels }
        guard labels > 0 else { return nil }
        return Double(windows.reduce(0) { $0 + $1.matched }) / Double(labels)
    }

    /// The newest window with such an event.
    private func windowIndex(of hash: UInt64) -> Int? {
        windows.lastIndex { remembered in
            var low = 0
            var high = remembered.events.count
            while low < high {
                let middle = (low + high) / 2
                if remembered.events[middle] < hash { low = middle + 1 } else { high = middle }
            }
            return low < remembered.events.count && remembered.events[low] == hash
        }
    }

    private mutating func forget(before time: Timestamp, _ arrival: inout Arrival) {
        guard let first = windows.first, first.window.end <= time else { return }
        windows.removeAll { $0.window.end <= time }
        values = values.filter { $0.value.known >= time.microseconds }
        let expired = waiting.filter { $0.value.end <= time }
        arrival.unmatched += expired.count
        for hash in expired.keys { waiting[hash] = nil }
    }

    /// Of the id's text, so that an inline number and a text of the heap never differ by representation.
    private static func hash(_ column: CellColumn, _ row: Int) -> UInt64? {
        let cell = column.cells[row]
        guard cell != Cell.nullText else { return nil }
        guard Cell.isHeapText(cell) else { return StableHash.mix(cell) }
        let start = Cell.textOffset(cell)
        return StableHash.mix(StableHash.fnv1a(column.heap[start..<start + Cell.textLength(cell)]) ^ 1 << 63)
    }
}

extension LabelsArrived {
    /// What one window's labels say of maturity: a function of the slices alone, so that a replay says the same.
    ///
    /// Maturity follows the window's end for as long as a label became known within `silentAfter` of it; then it stands
    /// still at what the last label supports, and never goes back.
    public init(
        window: Window, file: FileReference?, arrival: LabelMatcher.Arrival, matcher: LabelMatcher,
        source: LabelSource, previous: LabelsArrived?
    ) {
        // A matcher that was made again has not seen a last label from before what it remembers; the log has.
        let lastKnown = [matcher.lastKnown, previous?.lastKnown].compactMap { $0 }.max()
        let isSilent = lastKnown.map { window.end - $0 > source.silentAfter } ?? true
        var matured = previous?.maturedThrough
        if let lastKnown {
            let supported = (isSilent ? lastKnown : window.end) - source.maturity
            matured = max(matured ?? supported, supported)
        }
        self.init(
            window: window, file: file, labels: arrival.labels, positives: arrival.positives,
            negatives: arrival.negatives, withdrawn: arrival.withdrawn, changed: arrival.changed,
            unmatched: arrival.unmatched, matchRate: matcher.matchRate, maturedThrough: matured,
            lastKnown: lastKnown, isSilent: isSilent, labelledByAge: arrival.labelledByAge)
    }
}
