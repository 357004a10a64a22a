import MillraceCore

/// The ends that a partition has had: points from which it can be told when an offset was written, and how fast records
/// arrive.
///
/// Bounded: of a partition at rest only the first and the last point are kept, and when there are too many, the one
/// that is missed least for its age is dropped.
struct EndHistory: Sendable {
    struct Point: Sendable, Equatable {
        /// µs since 1970.
        var time: Int64
        var end: Int64
    }

    /// When an offset was written.
    enum Arrival: Sendable, Equatable {
        /// Between two moments, and most likely at `at`.
        case between(Int64, at: Int64, Int64)
        /// Before the first point.
        case before(Int64)
        /// It has not been, as far as the points say.
        case notYet
    }

    static let capacity = 256
    private(set) var points: [Point] = []

    mutating func add(time: Int64, end: Int64) {
        if let last = points.last {
            guard time > last.time else { return }
            // The topic was made anew, or its log was cut.
            if end < last.end { points.removeAll() }
        }
        if points.count >= 2, points[points.count - 1].end == end, points[points.count - 2].end == end {
            points[points.count - 1].time = time
            return
        }
        if points.count == Self.capacity { thin(now: time) }
        points.append(Point(time: time, end: end))
    }

    /// Drops the point that is missed least: where the line between its neighbours passes nearest to it, measured in time
    /// and against its age.
    private mutating func thin(now: Int64) {
        var least = (error: Double.infinity, index: 1)
        for index in 1..<points.count - 1 {
            let (before, point, after) = (points[index - 1], points[index], points[index + 1])
            let rise = Double(after.end - before.end)
            let share = rise > 0 ? Double(point.end - before.end) / rise : 0.5
            let line = Double(before.time) + share * Double(after.time - before.time)
            let error = rise > 0 ? abs(line - Double(point.time)) / Double(max(1, now - point.time)) : 0
            if error < least.error { least = (error, index) }
        }
        points.remove(at: least.index)
    }

    /// When the record at `offset` was written: in the middle of its share of the time between two points.
    func arrival(of offset: Int64) -> Arrival {
        guard let first = points.first, let last = points.last else { return .notYet }
        if offset < first.end { return .before(first.time) }
        if offset >= last.end { return .notYet }
        // The first point whose end is beyond the offset.
        var (low, high) = (1, points.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if points[middle].end > offset { high = middle } else { low = middle + 1 }
        }
        let (before, after) = (points[low - 1], points[low])
        let share = (Double(offset - before.end) + 0.5) / Double(after.end - before.end)
        let at = before.time + Int64(share * Double(after.time - before.time))
        return .between(before.time, at: at, after.time)
    }

    /// Records a second over the last while.
    /// - Parameter span: µs; less where less is known.
    func rate(over span: Int64) -> Double? {
        guard let last = points.last, let first = points.first, last.time > first.time else { return nil }
        let start = max(first.time, last.time - span)
        guard let index = points.lastIndex(where: { $0.time <= start }), index + 1 < points.count else { return nil }
        let (before, after) = (points[index], points[index + 1])
        let share = Double(start - before.time) / Double(after.time - before.time)
        let end = Double(before.end) + share * Double(after.end - before.end)
        return max(0, Double(last.end) - end) / (Double(last.time - start) / 1e6)
    }
}
