import MillraceCore

/// What is known of the labels of the events in reach, and the labels of the last `horizon`, which may still find their
/// event.
///
/// A label is remembered for `horizon` whether or not its event was found, so that what is remembered depends on recent
/// labels alone and not on how long ago the engine was started.
final class LabelMemory {
    /// An event whose being known as positive changes, before the row of a batch.
    struct Flip {
        var row: Int
        var event: Int
        var isPositive: Bool
        var known: Int64
    }

    /// Where an event lies in a group: its key's record (−1 without a key) and its position in the key's ring.
    struct Place {
        var record: Int32 = -1
        var position: Int = 0
    }

    struct Known {
        var known: Int64
        var reported: Int64
        var value: Int8
        var event: UInt64
        /// The number of the event's previous label, or −1.
        var previous: Int
    }

    static let none = Int8.min

    let reach: Int64
    let horizon: Int64
    private let groupCount: Int

    // Events, a ring by number; their ids in chunks, oldest first.
    @exclusivity(unchecked) private var ids: [EventIDs] = []
    @exclusivity(unchecked) private(set) var firstEvent = 0
    @exclusivity(unchecked) private var firstKept = 0
    @exclusivity(unchecked) private(set) var endEvent = 0
    @exclusivity(unchecked) private var mask = 1023
    @exclusivity(unchecked) private var times: [Int64]
    @exclusivity(unchecked) private(set) var values: [Int8]
    @exclusivity(unchecked) private(set) var reported: [Int64]
    @exclusivity(unchecked) private var places: [Place]

    // Labels of the last `horizon`, in the order in which they became known.
    private let labelIDs = SharedTexts()
    @exclusivity(unchecked) private var newestLabel: [Int] = []
    @exclusivity(unchecked) private var labels: [Known] = []
    @exclusivity(unchecked) private var firstStored = 0
    @exclusivity(unchecked) private var firstLabel = 0

    init(reach: Int64, horizon: Int64, groupCount: Int) {
        self.reach = reach
        self.horizon = horizon
        self.groupCount = groupCount
        times = Array(repeating: 0, count: 1024)
        values = Array(repeating: Self.none, count: 1024)
        reported = Array(repeating: 0, count: 1024)
        places = Array(repeating: Place(), count: 1024 * groupCount)
    }

    /// Takes an event in order.
    /// - Returns: its number, and whether a label that came before it says that it is positive.
    func add(id: UInt64, _ heap: UnsafePointer<UInt8>?, time: Int64) -> (event: Int, isPositive: Bool) {
        forget(at: time)
        if endEvent - firstKept > mask { grow() }
        let event = endEvent
        endEvent += 1
        let slot = event & mask
        times[slot] = time
        values[slot] = Self.none
        reported[slot] = .min
        for group in 0..<groupCount { places[slot * groupCount + group] = Place() }
        if ids.last?.isFull ?? true { ids.append(EventIDs(first: event)) }
        ids[ids.count - 1].append(id, heap)
        guard id != Cell.nullText, !labels.isEmpty else { return (event, false) }
        let label = labelIDs.find(id, heap)
        guard label >= 0 else { return (event, false) }
        var index = newestLabel[label]
        while index >= firstLabel {
            let known = labels[index - firstStored]
            // Newest first: an older one wins only when it was reported later.
            if known.reported > reported[slot] || values[slot] == Self.none {
                values[slot] = known.value
                reported[slot] = known.reported
            }
            index = known.previous
        }
        return (event, values[slot] == 1)
    }

    /// Takes a label in order.
    /// - Returns: the event whose being known as positive it changes, and to what.
    func learn(
        id: UInt64, _ heap: UnsafePointer<UInt8>?, known: Int64, reported time: Int64, value: Int8
    ) -> (event: Int, isPositive: Bool)? {
        guard id != Cell.nullText else { return nil }
        forget(at: known)
        remember(id: id, heap, known: known, reported: time, value: value)
        let event = newestEvent(id, heap)
        guard event >= 0 else { return nil }
        let slot = event & mask
        guard values[slot] == Self.none || time >= reported[slot] else { return nil }
        let was = values[slot] == 1
        values[slot] = value
        reported[slot] = time
        return was == (value == 1) ? nil : (event, value == 1)
    }

    /// Adds to the labels of the last `horizon` alone.
    func remember(
        id: UInt64, _ heap: UnsafePointer<UInt8>?, known: Int64, reported: Int64, value: Int8
    ) {
        let label = Int(labelIDs.retain(id, heap))
        if label >= newestLabel.count {
            newestLabel.append(contentsOf: repeatElement(-1, count: label + 1 - newestLabel.count))
        }
        let previous = newestLabel[label]
        labels.append(
            Known(
                known: known, reported: reported, value: value, event: UInt64(label),
                previous: previous >= firstLabel ? previous : -1))
        newestLabel[label] = firstStored + labels.count - 1
    }

    /// Lets go of what is out of reach of anything at or after `time`.
    func forget(at time: Int64) {
        while firstEvent < endEvent, times[firstEvent & mask] <= time &- reach { firstEvent += 1 }
        while let oldest = ids.first, oldest.first + oldest.count <= firstEvent, oldest.isFull { ids.removeFirst() }
        while firstLabel < firstStored + labels.count, labels[firstLabel - firstStored].known <= time &- horizon {
            let number = labels[firstLabel - firstStored].event
            if newestLabel[Int(number)] == firstLabel { newestLabel[Int(number)] = -1 }
            labelIDs.release(number)
            firstLabel += 1
        }
        if firstLabel - firstStored > labels.count / 2 {
            labels.removeFirst(firstLabel - firstStored)
            firstStored = firstLabel
        }
    }

    /// The labels that are remembered, in the order in which they became known.
    var remembered: ArraySlice<Known> { labels[(firstLabel - firstStored)...] }

    /// Begins a batch. Until the next one every event in memory now, or added, keeps its number and place.
    func beginBatch() { firstKept = firstEvent }

    /// The newest event of an id that is in memory; −1 when there is none.
    private func newestEvent(_ id: UInt64, _ heap: UnsafePointer<UInt8>?) -> Int {
        let hash = CellTable.hash(id, heap, isText: true)
        for chunk in ids.reversed() {
            let event = chunk.find(id, hash: hash, heap)
            if event >= 0 { return event >= firstEvent ? event : -1 }
        }
        return -1
    }

    /// The id of a remembered label as a cell of `heap`.
    func eventID(of label: Known, into column: inout CellColumn) {
        labelIDs.append(label.event, to: &column)
    }

    func time(of event: Int) -> Int64 { times[event & mask] }
    func value(of event: Int) -> Int8 { values[event & mask] }
    func reported(of event: Int) -> Int64 { reported[event & mask] }

    /// Sets what an event's label is, without anything having been learnt now.
    func restore(event: Int, value: Int8, reported time: Int64) {
        values[event & mask] = value
        reported[event & mask] = time
    }

    @inline(__always) func place(of event: Int, group: Int) -> Place { places[(event & mask) * groupCount + group] }
    @inline(__always) func setPlace(_ place: Place, of event: Int, group: Int) {
        places[(event & mask) * groupCount + group] = place
    }

    private func grow() {
        let capacity = mask + 1
        func grown<Element>(_ array: [Element], width: Int, filler: Element) -> [Element] {
            var larger = Array(repeating: filler, count: capacity * 2 * width)
            for event in firstKept..<endEvent {
                for index in 0..<width {
                    larger[(event & (capacity * 2 - 1)) * width + index] = array[(event & mask) * width + index]
                }
            }
            return larger
        }
        times = grown(times, width: 1, filler: 0)
        values = grown(values, width: 1, filler: Self.none)
        reported = grown(reported, width: 1, filler: 0)
        places = grown(places, width: groupCount, filler: Place())
        mask = capacity * 2 - 1
    }
}
