import MillraceCore

/// What has been seen of a group in one partition: enough for rates and for verdicts.
struct LagHistory: Sendable {
    /// One look. Its end is what counts as it when only markers of transactions follow.
    typealias Sample = LookList.Look

    static let capacity = 10
    /// Rates are of the last minute, where that much is known: commits come in steps.
    static let rateSpan: Int64 = 60_000_000

    /// How long what is not in a look is remembered: a leader or a coordinator that moves is away for seconds, a broker
    /// that starts again for minutes.
    private static let keepingSpan: Int64 = 600_000_000

    /// - Parameter since: when it was seen last, µs since 1970.
    static func isKept(since last: Int64?, now: Int64) -> Bool { last.map { now - $0 <= keepingSpan } ?? false }

    private(set) var samples = LookList()
    private(set) var commits = LookList()
    /// When it was looked at first.
    let since: Int64
    private(set) var looks = 0
    /// When its offset was last seen to have moved, and where it was furthest.
    private(set) var moved: Int64?
    private(set) var furthest = Int64.min
    /// The longest time between two moves lately while records waited.
    private(set) var longestPause: Int64 = 0

    init(since: Int64) { self.since = since }

    /// Takes a look.
    ///
    /// Brokers do not tell when an offset was committed, only what it is: one that has moved was committed since the
    /// last look; one that has not was committed again if a member holds the partition, and was not if none does.
    mutating func add(_ sample: Sample, hasOwner: Bool) {
        looks += 1
        let previous = samples.last
        samples.append(sample, capacity: Self.capacity)
        let isMove = previous.map { $0.offset != sample.offset } ?? false
        if isMove {
            if let moved, previous.map({ $0.lag > 0 }) ?? false {
                longestPause = max(longestPause * 3 / 4, sample.time - moved)
            }
            moved = sample.time
        }
        furthest = max(furthest, sample.offset)
        guard previous == nil || isMove || hasOwner else { return }
        // Its lag is against the end that was known when it was made, that of the look before, as with Burrow.
        BurrowRules.add(
            .init(time: sample.time, offset: sample.offset, end: previous?.end ?? sample.end), to: &commits)
    }

    /// What Burrow would say. With fewer commits than a third of its window it waits, until the group has been watched
    /// for as many looks as the window has places.
    var burrow: BurrowStatus {
        guard let last = samples.last else { return .notFound }
        guard commits.count * 3 >= BurrowRules.window || looks >= BurrowRules.window else { return .ok }
        return BurrowRules.status(commits, ends: samples.lazy.map(\.end), lag: last.lag, now: last.time)
    }

    /// The sample that rates are measured from.
    private var base: Sample? {
        guard let last = samples.last else { return nil }
        guard let base = samples.first(where: { last.time - $0.time <= Self.rateSpan }), base.time < last.time else {
            return samples.count > 1 ? samples[samples.count - 2] : nil
        }
        return base
    }

    /// Records read a second; 0 for a step back.
    var consumed: Double? { rate { max(0, $1.offset - $0.offset) } }

    /// Records a second by which the lag grows.
    var lagChange: Double? { rate { $1.lag - $0.lag } }

    private func rate(_ difference: (Sample, Sample) -> Int64) -> Double? {
        guard let base, let last = samples.last else { return nil }
        return Double(difference(base, last)) / (Double(last.time - base.time) / 1e6)
    }

    /// Since when its offset has not moved; since the first look where it never did.
    var stillSince: Int64 { moved ?? since }

    /// How long it may stand still with records waiting before that is remarkable: three of its usual pauses.
    var patience: Int64 { max(30_000_000, 3 * longestPause) }

    /// Whether its lag has grown all the time, over all samples that are kept: two by two, since commits and looks go by
    /// different clocks, and by enough to matter.
    var isGrowing: Bool {
        guard samples.count == Self.capacity else { return false }
        let pairs = stride(from: 0, to: Self.capacity, by: 2).map { samples[$0].lag + samples[$0 + 1].lag }
        return zip(pairs, pairs.dropFirst()).allSatisfy { $0 < $1 } && pairs[pairs.count - 1] > pairs[0] / 20 * 21
    }
}
