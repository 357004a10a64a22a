import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

@Suite struct QualityTests {
    let columns = [
        Column(name: "id", type: .id), Column(name: "amount", type: .decimal(scale: 2), isOptional: true),
        Column(name: "channel", type: .text),
    ]

    /// Rows of (id, amount in cents or nil, channel).
    private func table(_ rows: [(UInt64, Int64?, String)]) -> RowTable {
        var channel = CellColumn()
        for row in rows {
            channel.cells.append(Cell.text(offset: channel.heap.count, length: row.2.utf8.count))
            channel.heap += Array(row.2.utf8)
        }
        return RowTable(
            columns: columns, times: rows.indices.map { Int64($0) },
            values: [
                CellColumn(cells: rows.map(\.0)),
                CellColumn(cells: rows.map { $0.1.map { UInt64(bitPattern: $0) } ?? Cell.nullInteger }), channel,
            ])
    }

    @Test func rulesSayWhatWasExpectedAndWhatWasFound() {
        let checker = RuleChecker(
            rules: [
                .init(name: "amount", check: .range(column: "amount", minimum: 0, maximum: 100), action: .quarantine),
                .init(name: "nulls", check: .nullShare(column: "amount", maximum: 0.25), action: .quarantine),
                .init(name: "size", check: .rows(minimum: 5, maximum: nil), action: .warn),
                .init(name: "channels", check: .members(column: "channel", values: ["web", "shop"]), action: .warn),
            ], columns: columns)
        let verdict = checker.check(
            table([(1, 5000, "web"), (2, 10_001, "web"), (3, nil, "phone"), (4, nil, "shop")]))
        #expect(
            verdict.violations.map(\.message) == [
                "expected amount between 0.0 and 100.0, found 1 of 4 rows outside, the first 100.01",
                "expected a share of nulls in amount of at most 0.25, found 0.5 (2 of 4 rows)",
            ])
        #expect(verdict.warnings == ["size": 1, "channels": 1])
    }

    @Test func dropRulesLeaveOutRowsAndNothingElse() {
        let checker = RuleChecker(
            rules: [.init(name: "negative", check: .range(column: "amount", minimum: 0, maximum: nil), action: .drop)],
            columns: columns)
        let rows = table([(1, -1, "web"), (2, 0, "web"), (3, nil, "web"), (4, -500, "web")])
        #expect(checker.dropped(from: rows).map(\.row) == [0, 3])
        #expect(checker.check(rows) == .init())
    }

    @Test func aWindowWithinItsRulesIsClean() {
        let checker = RuleChecker(
            rules: [
                .init(name: "a", check: .range(column: "amount", minimum: 0, maximum: 10), action: .quarantine),
                .init(name: "n", check: .nullShare(column: "amount", maximum: 0), action: .quarantine),
                .init(name: "r", check: .rows(minimum: 1, maximum: 2), action: .quarantine),
            ], columns: columns)
        #expect(checker.check(table([(1, 0, "web"), (2, 1000, "web")])) == .init())
    }

    @Test func theProfileIsExact() {
        let profile = Profile(
            of: table([(7, 100, "web"), (7, 300, "shop"), (8, nil, "web")]), features: [1, .nan, 2, 4, 3, 6],
            names: ["a", "b"])
        #expect(profile.numbers["amount"]?.mean == 2)
        #expect(profile.numbers["amount"]?.missing == 1)
        #expect(profile.numbers["amount"]?.standardDeviation == 1)
        #expect(profile.features["b"]?.count == 2 && profile.features["b"]?.maximum == 6)
        #expect(profile.texts["id"]?.distinct == 2)
        #expect(profile.texts["channel"]?.top.first == .init(value: "web", count: 2))
    }

    @Test func mergedTablesKeepTheOrderOfTimeThenOfTables() {
        let first = table([(1, 1, "a"), (2, 2, "bb"), (3, 3, "ccc")])
        var second = table([(4, 4, "dddd"), (5, 5, "e")])
        second.times = [1, 1]
        let merged = RowTable.merged([first, second], columns: columns)
        #expect(merged.times == [0, 1, 1, 1, 2])
        #expect(merged.values[0].cells == [1, 2, 4, 5, 3])
        #expect((0..<5).map { merged.values[2].text($0) } == ["a", "bb", "dddd", "e", "ccc"])
    }
}
