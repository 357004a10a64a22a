package import Foundation

/// Local times of a zone and the moments they mean.
package enum ZonedTime {
    /// Nil for a name that the time zone database does not have. Abbreviations, which mean several zones, are refused.
    package static func zone(named name: String) -> TimeZone? {
        if name == "UTC" || name == "GMT" || name == "Etc/UTC" { return TimeZone(secondsFromGMT: 0) }
        guard name.contains("/"), let zone = TimeZone(identifier: name), zone.identifier == name else { return nil }
        return zone
    }

    /// A date, or a date and time; a text without a zone is in `zone`. The first of two moments that a clock set back
    /// shows alike; for a time that a clock set forward never shows, the moment of the change.
    package static func parse(_ text: String, in zone: TimeZone) -> Timestamp? {
        let isDate = text.utf8.count == 10
        guard let time = Timestamp(rfc3339: isDate ? text + "T00:00:00" : text) else { return nil }
        let end = text.suffix(6)
        let hasZone = !isDate && (end.hasSuffix("Z") || end.hasSuffix("z") || end.first == "+" || end.first == "-")
        if hasZone { return time }
        let (seconds, fraction) = Timestamp.floorDivide(time.microseconds, 1_000_000)
        let moment = moments(local: seconds, in: zone).first ?? change(skipping: seconds, in: zone)
        return Timestamp(microseconds: moment * 1_000_000 + fraction)
    }

    /// Seconds east of Greenwich at a moment (seconds since 1970).
    package static func offset(at seconds: Int64, in zone: TimeZone) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds))))
    }

    /// The moments at which clocks show a local time (seconds since 1970-01-01T00:00 there), in order: one as a rule,
    /// none where clocks are set forward, two where they are set back.
    package static func moments(local: Int64, in zone: TimeZone) -> [Int64] {
        let before = offset(at: local - 93_600, in: zone)
        let after = offset(at: local + 93_600, in: zone)
        if before == after, offset(at: local - before, in: zone) == before { return [local - before] }
        return Set([before, after, offset(at: local - before, in: zone), offset(at: local - after, in: zone)])
            .map { local - $0 }
            .filter { $0 + offset(at: $0, in: zone) == local }
            .sorted()
    }

    /// The moment at which clocks jump over a local time that they never show.
    package static func change(skipping local: Int64, in zone: TimeZone) -> Int64 {
        // The offset changes once between the two.
        var low = local - 93_600
        var high = local + 93_600
        let first = offset(at: low, in: zone)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle, in: zone) == first { low = middle } else { high = middle }
        }
        return high
    }
}
