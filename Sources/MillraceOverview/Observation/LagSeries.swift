public import MillraceCore

/// The last while of every group's lag, for lines on a screen: a bounded ring, newest last.
public struct LagSeries: Sendable {
    public struct Point: Sendable, Codable, Equatable {
        public var time: Timestamp
        public var lag: Int64
        public var seconds: Double?
        public var produced: Double?
        public var consumed: Double?

        public init(time: Timestamp, lag: Int64, seconds: Double?, produced: Double?, consumed: Double?) {
            self.time = time
            self.lag = lag
            self.seconds = seconds
            self.produced = produced
            self.consumed = consumed
        }
    }

    /// By group, oldest first.
    public private(set) var points: [String: [Point]] = [:]
    public let capacity: Int

    /// - Parameter capacity: points kept of a group.
    public init(capacity: Int = 360) { self.capacity = capacity }

    /// Groups that are not in the observation are forgotten.
    public mutating func add(_ observation: Observation) {
        var kept: [String: [Point]] = [:]
        for group in observation.groups {
            var list = points.removeValue(forKey: group.group) ?? []
            guard list.last.map({ $0.time < observation.time }) ?? true else {
                kept[group.group] = list
                continue
            }
            if list.count >= capacity { list.removeFirst(list.count - capacity + 1) }
            list.append(
                Point(
                    time: observation.time, lag: group.lag, seconds: group.age.seconds, produced: group.produced,
                    consumed: group.consumed))
            kept[group.group] = list
        }
        points = kept
    }
}
