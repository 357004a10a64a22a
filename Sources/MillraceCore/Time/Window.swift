/// A half-open span of event time `[start, end)`: the unit in which events are sealed, transformed and trained on.
public struct Window: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    public var start: Timestamp
    public var end: Timestamp

    public init(start: Timestamp, end: Timestamp) {
        self.start = start
        self.end = end
    }

    /// The window of a grid of windows of `size`, aligned to 1970-01-01T00:00:00Z, that holds `time`.
    public init(holding time: Timestamp, size: Duration) {
        let width = size.microseconds
        let index = Timestamp.floorDivide(time.microseconds, width).quotient
        self.init(
            start: Timestamp(microseconds: index * width), end: Timestamp(microseconds: (index + 1) * width))
    }

    public func contains(_ time: Timestamp) -> Bool { start <= time && time < end }
    public func contains(_ other: Window) -> Bool { start <= other.start && other.end <= end }
    public func overlaps(_ other: Window) -> Bool { start < other.end && other.start < end }

    public static func < (a: Window, b: Window) -> Bool { (a.start, a.end) < (b.start, b.end) }

    /// `2018-08-08T00:00:00Z/2018-08-09T00:00:00Z`, an ISO 8601 interval.
    public var description: String { "\(start)/\(end)" }

    /// The start in a form fit for a file name: `20180808T000000Z`.
    public var fileName: String { start.description.filter { $0 != "-" && $0 != ":" } }
}
