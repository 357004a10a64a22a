/// How long a fold waits: anew from each thing that comes.
struct FoldPatience {
    private let limit: Duration
    private var end: ContinuousClock.Instant

    init(_ limit: Duration, from now: ContinuousClock.Instant) {
        self.limit = limit
        end = now + limit
    }

    /// Not above zero: it is over.
    func remaining(at now: ContinuousClock.Instant) -> Duration { end - now }

    /// Something has come, and what was done with it took until now.
    mutating func renew(at now: ContinuousClock.Instant) { end = now + limit }
}
