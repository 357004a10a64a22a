import World

// What stands in for the clock in this module.

struct ContinuousClock {
    struct Instant: Comparable {
        var nanoseconds: Int64
        static var now: Instant { Instant(nanoseconds: World.current.seenTime) }
        static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
        static func - (left: Instant, right: Instant) -> Duration { .nanoseconds(left.nanoseconds - right.nanoseconds) }
        static func + (left: Instant, right: Duration) -> Instant {
            Instant(nanoseconds: left.nanoseconds + right.simulatedNanoseconds)
        }
    }
    static var now: Instant { .now }
}
