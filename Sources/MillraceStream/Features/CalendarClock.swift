import MillraceCore
import Foundation

/// Calendar fields of moments in a time zone. Moments of one quarter of an hour have one offset (zones change at whole
/// quarters), so the zone is asked once for each in a row.
struct CalendarClock {
    private let zone: TimeZone
    private var quarter = Int64.min
    private var offset: Int64 = 0

    init(zone: TimeZone) {
        self.zone = zone
    }

    /// Whole days since 1970-01-01 and seconds of the day, local time.
    @inline(__always)
    mutating func local(_ microseconds: Int64) -> (day: Int64, second: Int64) {
        let (seconds, _) = Timestamp.floorDivide(microseconds, 1_000_000)
        let (index, _) = Timestamp.floorDivide(seconds, 900)
        if index != quarter {
            quarter = index
            offset = ZonedTime.offset(at: index * 900, in: zone)
        }
        let (day, second) = Timestamp.floorDivide(seconds + offset, 86_400)
        return (day, second)
    }

    @inline(__always)
    mutating func value(_ field: FeatureDeclaration.CalendarField, _ microseconds: Int64) -> Int64 {
        let (day, second) = local(microseconds)
        return switch field {
        // 1970-01-01 was a Thursday.
        case .weekday: Timestamp.floorDivide(day + 3, 7).remainder
        case .hour: second / 3600
        case .minute: second / 60 % 60
        case .minuteOfDay: second / 60
        case .day: Timestamp.civil(day: day).day
        case .month: Timestamp.civil(day: day).month
        }
    }
}
