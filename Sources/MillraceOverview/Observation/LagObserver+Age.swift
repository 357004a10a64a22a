import MillraceCore

extension LagObserver {
    /// How old the first unread record is.
    ///
    /// Its own timestamp is best. But a producer sets what it likes: a replayed file has times of years ago, though it
    /// was written a moment before. So where the points of the partition's ends show when the record arrived, a
    /// producer's timestamp that is more than a minute off that is not believed, and the time of arrival counts: what a
    /// group answers for is how long a record has waited for it.
    func age(at position: Position, now: Int64) -> LagAge {
        let arrival = arrival(of: position)
        switch finding(at: position) {
        case .record(let timestamp?, let isAppendTime):
            let own = timestamp.microseconds
            guard !isAppendTime else { return known(own, now, .record) }
            switch arrival {
            case .between(let earliest, let at, let latest):
                if own < earliest - Self.replayTolerance {
                    return known(at, now, .interpolated, "the record's own timestamp, \(timestamp), is before it came")
                }
                if own > latest + Self.replayTolerance {
                    return known(at, now, .interpolated, "the record's own timestamp, \(timestamp), is after it came")
                }
                return known(own, now, .record)
            case .before(let first):
                guard own > first + Self.replayTolerance else {
                    let isOld = own < first - 86_400_000_000
                    return known(
                        own, now, .record,
                        isOld ? "the record's own timestamp, \(timestamp): nobody saw it come, it may be replayed" : nil
                    )
                }
                return known(
                    first, now, .atLeast, "the record's own timestamp, \(timestamp), is after it came")
            case .notYet: return known(own, now, .record)
            }
        case .record(nil, _): return interpolated(arrival, now, "the first unread record has no timestamp")
        case .failed(let reason): return interpolated(arrival, now, reason)
        case .nothing, nil: return interpolated(arrival, now, nil)
        }
    }

    private func interpolated(_ arrival: EndHistory.Arrival, _ now: Int64, _ reason: String?) -> LagAge {
        switch arrival {
        case .between(_, let at, _): known(at, now, .interpolated, reason)
        case .before(let first): known(first, now, .atLeast, reason ?? "it came before the first look")
        case .notYet: .unknown(reason ?? "the first unread record was not read")
        }
    }

    private func known(_ time: Int64, _ now: Int64, _ source: LagAge.Source, _ reason: String? = nil) -> LagAge {
        LagAge(seconds: Double(max(0, now - time)) / 1e6, source: source, reason: reason)
    }
}
