public import Foundation

/// A schedule in the five fields of cron: minute, hour, day of month, month, day of week (0 or 7 is Sunday), with lists
/// (`1,15`), ranges (`mon-fri`), steps (`*/15`) and the names of months and days; also `@hourly`, `@daily`, `@weekly`,
/// `@monthly`, `@yearly`. When both days are given, either is enough.
///
/// Where clocks are set forward, a time that they never show is met at the moment of the change; where they are set
/// back, a time shown twice is met the first time only. Schedules whose hour begins with `*` follow the clock instead:
/// they are met at every time it shows.
public struct CronExpression: Sendable, Hashable, CustomStringConvertible {
    /// As it was written.
    public let description: String

    private let minutes: Set<Int>
    private let hours: Set<Int>
    private let days: Set<Int>
    private let months: Set<Int>
    private let weekdays: Set<Int>
    private let everyDay: Bool
    private let everyWeekday: Bool
    private let everyHour: Bool

    /// What is wrong with a text that is not a cron expression.
    public struct ParseError: Error, Sendable, Equatable, CustomStringConvertible {
        public let description: String
    }

    public init(_ text: String) throws(ParseError) {
        description = text
        let shorthands = [
            "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
            "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
        ]
        let fields = (shorthands[text] ?? text).split(whereSeparator: \.isWhitespace)
        guard fields.count == 5 else {
            throw ParseError(
                description: "expected five fields (minute hour day month weekday), found \(fields.count) in '\(text)'")
        }
        let monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        minutes = try Self.values(fields[0], "minute", 0...59)
        hours = try Self.values(fields[1], "hour", 0...23)
        days = try Self.values(fields[2], "day of month", 1...31)
        months = try Self.values(fields[3], "month", 1...12, names: monthNames)
        weekdays = Set(try Self.values(fields[4], "day of week", 0...7, names: dayNames).map { $0 % 7 })
        everyHour = fields[1].hasPrefix("*")
        everyDay = fields[2].hasPrefix("*")
        everyWeekday = fields[4].hasPrefix("*")
        if everyWeekday, !months.contains(where: { month in days.contains { $0 <= Self.longest(month) } }) {
            throw ParseError(description: "no month of '\(text)' has such a day")
        }
    }

    /// The first moment after `time` at which the schedule is met.
    public func next(after time: Timestamp, in zone: TimeZone) -> Timestamp {
        let after = Timestamp.floorDivide(time.microseconds, 1_000_000).quotient
        var day = Timestamp.floorDivide(after + ZonedTime.offset(at: after, in: zone), 86_400).quotient - 1
        // 29 February can be eight years away; and if it must be a certain weekday, forty.
        for _ in 0..<(41 * 366) {
            if matches(day: day), let moment = first(of: day, after: after, in: zone) {
                return Timestamp(microseconds: moment * 1_000_000)
            }
            day += 1
        }
        return .distantFuture
    }

    private func first(of day: Int64, after: Int64, in zone: TimeZone) -> Int64? {
        var best: Int64?
        let midnight = day * 86_400
        // Two changes within so short a time do not happen, so equal offsets mean a day like any other.
        let offset = ZonedTime.offset(at: midnight - 93_600, in: zone)
        let isPlain = offset == ZonedTime.offset(at: midnight + 180_000, in: zone)
        for hour in hours.sorted() {
            for minute in minutes.sorted() {
                let local = midnight + Int64(hour * 3600 + minute * 60)
                var moments = isPlain ? [local - offset] : ZonedTime.moments(local: local, in: zone)
                if !everyHour {
                    moments = [moments.first ?? ZonedTime.change(skipping: local, in: zone)]
                }
                for moment in moments where moment > after && moment < best ?? .max { best = moment }
            }
            if isPlain, best != nil { return best }
        }
        return best
    }

    private func matches(day: Int64) -> Bool {
        let (_, month, dayOfMonth) = Timestamp.civil(day: day)
        guard months.contains(Int(month)) else { return false }
        // 1970-01-01 was a Thursday.
        let weekday = Int(Timestamp.floorDivide(day + 4, 7).remainder)
        let isDay = days.contains(Int(dayOfMonth))
        let isWeekday = weekdays.contains(weekday)
        return everyDay || everyWeekday ? isDay && isWeekday : isDay || isWeekday
    }

    private static func longest(_ month: Int) -> Int {
        switch month {
        case 2: 29
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func values(
        _ field: Substring, _ name: String, _ range: ClosedRange<Int>, names: [String] = []
    ) throws(ParseError) -> Set<Int> {
        var result: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...2).contains(pieces.count) else { throw bad(part, name, range) }
            var step = 1
            if pieces.count == 2 {
                guard let number = Int(pieces[1]), (1...range.upperBound).contains(number) else {
                    throw bad(part, name, range)
                }
                step = number
            }
            var bounds = range
            if pieces[0] != "*" {
                let ends = pieces[0].split(separator: "-", omittingEmptySubsequences: false)
                guard (1...2).contains(ends.count), let low = value(ends[0], range, names),
                    let high = ends.count == 2
                        ? value(ends[1], range, names) : pieces.count == 2 ? range.upperBound : low,
                    low <= high
                else { throw bad(part, name, range) }
                bounds = low...high
            }
            result.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return result
    }

    private static func value(_ text: Substring, _ range: ClosedRange<Int>, _ names: [String]) -> Int? {
        if let index = names.firstIndex(of: text.lowercased()) { return index + range.lowerBound }
        guard text.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(text), range.contains(number) else {
            return nil
        }
        return number
    }

    private static func bad(_ part: Substring, _ name: String, _ range: ClosedRange<Int>) -> ParseError {
        ParseError(
            description:
                "'\(part)' does not fit the \(name): expected \(range.lowerBound)…\(range.upperBound), a list, a range "
                + "or a step")
    }
}
