public import MillraceCore

/// Labels on their way: put in with their events, taken out in the order in which they become known.
///
/// A binary heap by (time known, order put in), so that equal times come out in the order of their events.
public struct DelayedLabels<Event: Sendable>: Sendable {
    /// A label that has become known.
    public struct Label: Sendable {
        public var event: Event
        public var reported: Timestamp
        public var isFraud: Bool

        public init(event: Event, reported: Timestamp, isFraud: Bool) {
            self.event = event
            self.reported = reported
            self.isFraud = isFraud
        }
    }

    private struct Entry: Sendable {
        var label: Label
        var number: Int

        static func < (a: Entry, b: Entry) -> Bool {
            a.label.reported == b.label.reported ? a.number < b.number : a.label.reported < b.label.reported
        }
    }

    private var heap: [Entry] = []
    private var added = 0

    public init() {}

    public var count: Int { heap.count }
    public var isEmpty: Bool { heap.isEmpty }
    /// When the next label becomes known.
    public var next: Timestamp? { heap.first?.label.reported }

    public mutating func add(_ label: Label) {
        heap.append(Entry(label: label, number: added))
        added += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !(heap[child] < heap[parent]) { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// The next label that is known at a moment, that moment included: labels come before events of the same time.
    public mutating func pop(knownAt moment: Timestamp) -> Label? {
        guard let next, next <= moment else { return nil }
        return pop()
    }

    /// The next label, whenever it becomes known.
    public mutating func pop() -> Label? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last.label }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            if child >= heap.count { break }
            if child + 1 < heap.count && heap[child + 1] < heap[child] { child += 1 }
            if !(heap[child] < heap[parent]) { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return first.label
    }
}

/// Which events get a label.
public enum LabelReports: String, Sendable, CaseIterable {
    /// Frauds alone, as in the field: nobody reports that a transaction was genuine.
    case frauds
    case all
}
