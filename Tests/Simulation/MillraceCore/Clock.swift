import World

/// Of every module that imports this one, too: instants go from one to the other.
public struct ContinuousClock {
    public struct Instant: InstantProtocol {
        var nanoseconds: Int64
        public static var now: Instant { Instant(nanoseconds: World.current.seenTime) }
        public func duration(to other: Instant) -> Swift.Duration { .nanoseconds(other.nanoseconds - nanoseconds) }
        public func advanced(by duration: Swift.Duration) -> Instant {
            let (seconds, attoseconds) = duration.components
            return Instant(
                nanoseconds: nanoseconds + min(seconds, 1_000_000_000) * 1_000_000_000 + attoseconds / 1_000_000_000)
        }
        public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
        public static func - (left: Instant, right: Instant) -> Swift.Duration { right.duration(to: left) }
    }
    public static var now: Instant { .now }
}
