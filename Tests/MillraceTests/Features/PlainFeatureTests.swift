import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

struct PlainFeatureTests {
    static func run(_ features: [FeatureDeclaration], _ events: RowTable, zone: String = "UTC") throws -> [Double] {
        try FeatureEngine(
            features: features, featureHash: "x", columns: events.columns, idColumn: "id", timeZone: zone,
            labelHorizon: .zero
        ).append(events: events)
    }

    static func events(times: [String]) -> RowTable {
        var table = RowTable(columns: RandomStream.columns)
        for (row, time) in times.enumerated() {
            table.times.append(Timestamp(rfc3339: time)!.microseconds)
            table.values[0].cells.append(UInt64(row))
            table.values[1].append(text: Array(["visa", "", "42", "other"][row % 4].utf8)[...])
            table.values[2].append(text: [])
            table.values[3].cells.append(row % 4 == 1 ? Cell.nullInteger : UInt64(row * 150))
            table.values[4].cells.append((Double(row) - 1).bitPattern)
        }
        return table
    }

    @Test func `calendar fields follow the zone's clocks over both changes of the year`() throws {
        let table = Self.events(times: [
            "2018-03-25T00:59:59Z", "2018-03-25T01:00:00Z", "2018-10-28T00:59:59Z", "2018-10-28T01:00:00Z",
            "2018-12-31T23:30:00Z",
        ])
        let fields: [FeatureDeclaration.CalendarField] = [.weekday, .hour, .minute, .day, .month, .minuteOfDay]
        let features = fields.map { FeatureDeclaration(name: $0.rawValue, kind: .calendar($0, members: nil)) }
        #expect(
            try Self.run(features, table, zone: "Europe/Berlin") == [
                6, 1, 59, 25, 3, 119, 6, 3, 0, 25, 3, 180, 6, 2, 59, 28, 10, 179, 6, 2, 0, 28, 10, 120, 1, 0, 30, 1,
                1, 30,
            ])
    }

    @Test func `formulas read columns and earlier features, and are missing where they mean nothing`() throws {
        let table = Self.events(times: ["2018-01-01T00:00:00Z", "2018-01-01T00:00:01Z", "2018-01-01T00:00:02Z"])
        let features = [
            FeatureDeclaration(name: "a", kind: .arithmetic("amount * 2 - score")),
            FeatureDeclaration(name: "b", kind: .arithmetic("max(a, 1) / score"), empty: -7),
            FeatureDeclaration(name: "c", kind: .arithmetic("sqrt(score) + log1p(abs(-score))")),
        ]
        let found = try Self.run(features, table)
        #expect(found[0] == 1 && found[1] == -1 && found[2].isNaN)
        #expect(found[3].isNaN && found[4] == -7 && found[5] == 0)
        #expect(found[6] == 5 && found[7] == 5 && abs(found[8] - (1 + 0.693_147_180_559_945_3)) < 1e-15)
    }

    @Test func `categories have the code of their place, or a hash that never changes; unknown is missing`() throws {
        let table = Self.events(times: Array(repeating: "2018-01-01T00:00:00Z", count: 4))
        let features = [
            FeatureDeclaration(name: "l", kind: .category(column: "card", encoding: .list(["42", "visa"]))),
            FeatureDeclaration(name: "h", kind: .category(column: "card", encoding: .hash(buckets: 1000))),
        ]
        let found = try Self.run(features, table)
        #expect(found[0] == 1 && found[2].isNaN && found[3].isNaN && found[4] == 0 && found[6].isNaN)
        #expect(
            [found[1], found[5], found[7]] == [
                Double(StableHash.hash("visa") % 1000), Double(StableHash.hash("42") % 1000),
                Double(StableHash.hash("other") % 1000),
            ])
        // A reference value of SipHash-2-4 under a key of zeros.
        #expect(StableHash.hash("") == 0x1e92_4b9d_7377_00d7)
    }

    @Test func `a declaration that the columns cannot satisfy says which and why`() {
        for kind: FeatureDeclaration.Kind in [
            .column("none"), .column("card"), .arithmetic("card + 1"), .arithmetic("amount +"),
            .rolling(.mean, of: "card", key: "shop", over: [.seconds(1)], delay: .zero),
            .rolling(.mean, of: nil, key: "shop", over: [.seconds(1)], delay: .zero),
        ] {
            #expect {
                _ = try Self.run([FeatureDeclaration(name: "wrong", kind: kind)], Self.events(times: []))
            } throws: {
                ($0 as? DatasetError)?.code == .declaration && "\($0)".contains("wrong")
            }
        }
    }
}
