internal import Foundation

/// The offsets of a time zone from UTC, as spans: what the decoder needs to read a time that names no zone.
struct ZoneOffsets: Sendable, Equatable {
    struct Span: Sendable, Equatable {
        /// µs since 1970 (UTC) from which the offset holds. The first span holds before it as well.
        var from: Int64
        /// µs that local clocks are ahead of UTC.
        var offset: Int64
    }

    var spans: [Span]

    /// Nil when the system does not know the zone.
    init?(identifier: String) {
        if ["UTC", "Etc/UTC", "GMT", "Z"].contains(identifier) {
            spans = []
            return
        }
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        func offset(_ second: Int) -> Int { zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))) }
        // Sampled every five days: no zone has changed its clocks twice within that time.
        let step = 5 * 86_400
        var second = -2_208_988_800  // 1900
        let end = 4_102_444_800  // 2100
        var current = offset(second)
        spans = [Span(from: Int64(second) * 1_000_000, offset: Int64(current) * 1_000_000)]
        while second < end {
            let next = second + step
            let following = offset(next)
            if following != current {
                var (low, high) = (second, next)
                while high - low > 1 {
                    let middle = (low + high) / 2
                    if offset(middle) == current { low = middle } else { high = middle }
                }
                spans.append(Span(from: Int64(high) * 1_000_000, offset: Int64(following) * 1_000_000))
                current = following
            }
            second = next
        }
    }
}
