import Foundation
import Millrace
import Testing

@Suite struct CronExpressionTests {
    private func next(_ cron: String, after text: String, in zone: String = "UTC", count: Int = 1) throws -> [String] {
        let expression = try CronExpression(cron)
        let zone = try #require(TimeZone(identifier: zone))
        var time = try #require(Timestamp(rfc3339: text))
        var result: [String] = []
        for _ in 0..<count {
            time = expression.next(after: time, in: zone)
            result.append(time.description)
        }
        return result
    }

    @Test(arguments: [
        ("*/15 * * * *", "2024-03-01T10:07:00Z", "2024-03-01T10:15:00Z"),
        ("0 3 * * 1", "2024-03-01T10:00:00Z", "2024-03-04T03:00:00Z"),
        ("0 3 * * mon-fri", "2024-03-01T03:00:00Z", "2024-03-04T03:00:00Z"),
        ("0 0 * * 7", "2024-03-01T00:00:00Z", "2024-03-03T00:00:00Z"),
        ("30 2 29 2 *", "2024-03-01T00:00:00Z", "2028-02-29T02:30:00Z"),
        ("0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
        ("0 12 13 * 5", "2024-09-01T00:00:00Z", "2024-09-06T12:00:00Z"),
        ("59 23 31 dec *", "2023-12-31T23:59:00Z", "2024-12-31T23:59:00Z"),
        ("@monthly", "2024-01-31T00:00:00Z", "2024-02-01T00:00:00Z"),
        ("5,10 1-3/2 * * *", "2024-01-01T01:10:00Z", "2024-01-01T03:05:00Z"),
        ("0 0 1 1 *", "1969-06-01T00:00:00Z", "1970-01-01T00:00:00Z"),
    ])
    func `The next moment is the first after`(cron: String, after: String, expected: String) throws {
        #expect(try next(cron, after: after) == [expected])
    }

    // Brussels: clocks go from 02:00 to 03:00 on 2024-03-31 at 01:00Z, and from 03:00 to 02:00 on 2024-10-27 at 01:00Z.

    @Test func `A time that clocks jump over is met at the jump`() throws {
        #expect(
            try next("30 2 * * *", after: "2024-03-30T01:00:00Z", in: "Europe/Brussels", count: 3) == [
                "2024-03-30T01:30:00Z", "2024-03-31T01:00:00Z", "2024-04-01T00:30:00Z",
            ])
    }

    @Test func `A time shown twice is met the first time only`() throws {
        #expect(
            try next("30 2 * * *", after: "2024-10-26T01:00:00Z", in: "Europe/Brussels", count: 2) == [
                "2024-10-27T00:30:00Z", "2024-10-28T01:30:00Z",
            ])
    }

    @Test func `An hourly schedule follows the clock through both changes`() throws {
        #expect(
            try next("0 * * * *", after: "2024-03-31T00:00:00Z", in: "Europe/Brussels", count: 3) == [
                "2024-03-31T01:00:00Z", "2024-03-31T02:00:00Z", "2024-03-31T03:00:00Z",
            ])
        #expect(
            try next("0 * * * *", after: "2024-10-26T23:30:00Z", in: "Europe/Brussels", count: 3) == [
                "2024-10-27T00:00:00Z", "2024-10-27T01:00:00Z", "2024-10-27T02:00:00Z",
            ])
    }

    @Test func `A local schedule keeps its local hour in winter and summer`() throws {
        #expect(
            try next("0 9 1 * *", after: "2024-06-15T00:00:00Z", in: "America/New_York") == ["2024-07-01T13:00:00Z"])
        #expect(
            try next("0 9 1 * *", after: "2024-12-15T00:00:00Z", in: "America/New_York") == ["2025-01-01T14:00:00Z"])
    }

    @Test(arguments: [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
        "5-1 * * * *", "*/0 * * * *", "a * * * *", "1,,2 * * * *", "0 0 31 2 *", "@often", "1/2/3 * * * *",
        "+5 * * * *",
    ])
    func `What is no schedule is refused`(text: String) {
        #expect(throws: CronExpression.ParseError.self) { try CronExpression(text) }
    }
}
