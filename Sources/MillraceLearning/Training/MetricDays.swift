import MillraceCore
import Foundation

/// The days by which metrics count, in the pipeline's zone.
struct MetricDays {
    private let zone: TimeZone
    /// The zone's offset a quarter of an hour: no zone changes within one.
    private var offsets: [Int64: Int64] = [:]

    init(zone: String) { self.zone = TimeZone(identifier: zone) ?? .gmt }

    private mutating func offset(_ time: Int64) -> Int64 {
        let quarter = Timestamp.floorDivide(time, 900_000_000).quotient
        if let offset = offsets[quarter] { return offset }
        let date = Date(timeIntervalSince1970: Double(quarter * 900))
        let offset = Int64(zone.secondsFromGMT(for: date)) * 1_000_000
        offsets[quarter] = offset
        return offset
    }

    /// The number of the day that holds a moment (µs since 1970), and when that day began.
    mutating func day(of time: Int64) -> (number: Int32, start: Int64) {
        let number = Timestamp.floorDivide(time + offset(time), 86_400_000_000).quotient
        let midnight = number * 86_400_000_000
        // The offset may have changed since midnight.
        return (Int32(number), midnight - offset(midnight - offset(time)))
    }
}
