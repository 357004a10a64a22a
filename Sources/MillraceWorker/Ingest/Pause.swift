/// Whether ingest is reading, and why not: a pure machine.
struct Pause {
    enum Step { case none, wait, pause, resume, retry }

    private var unreadable: String?
    private var retryAt: ContinuousClock.Instant?
    private var fullSince: ContinuousClock.Instant?
    private var isPaused = false
    /// Between two readings of input that could not be read.
    var retryInterval = Duration.seconds(15)

    var isForUnreadable: Bool { unreadable != nil }
    var reason: String? { unreadable ?? (isPaused ? "memory: waiting for slices to be written" : nil) }

    mutating func stopForUnreadable(_ reason: String) {
        unreadable = reason
        retryAt = .now + retryInterval
    }

    mutating func next(queuedBytes: Int, budget: Int, now: ContinuousClock.Instant) -> Step {
        if let retryAt {
            guard now >= retryAt else { return .none }
            (unreadable, self.retryAt) = (nil, nil)
            (isPaused, fullSince) = (false, nil)
            return .retry
        }
        guard let since = fullSince else {
            guard queuedBytes > budget / 2 else { return .none }
            fullSince = now
            return .wait
        }
        if queuedBytes < budget / 4 {
            defer { (fullSince, isPaused) = (nil, false) }
            return isPaused ? .resume : .none
        }
        if isPaused { return .none }
        // The group takes a member for dead that does not poll; seconds are far from that.
        guard since.duration(to: now) > .seconds(3) else { return .wait }
        isPaused = true
        return .pause
    }
}

/// Records a second, taken once a second.
struct RateMeter {
    var count = 0
    private var since = ContinuousClock.now

    var isDue: Bool { since.duration(to: .now) > .seconds(1) }

    mutating func take() -> Double {
        let elapsed = since.duration(to: .now)
        defer { (count, since) = (0, .now) }
        return Double(count) * 1e6
            / Double(
                max(
                    1,
                    elapsed.components.seconds * 1_000_000
                        + elapsed.components.attoseconds / 1_000_000_000_000))
    }
}
