import Compression
import Foundation
import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

/// The fraud benchmark's transactions, read for tests.
enum Handbook {
    static let folder = ProcessInfo.processInfo.environment["MILLRACE_DATA"]
    static let columns = [
        Column(name: "tx_id", type: .id), Column(name: "datetime", type: .time(.iso8601)),
        Column(name: "customer", type: .id), Column(name: "terminal", type: .id),
        Column(name: "amount", type: .decimal(scale: 2)),
    ]
    private static func days(_ counts: Int...) -> [Duration] { counts.map { .seconds($0 * 86_400) } }
    static let features = [
        FeatureDeclaration(name: "amount", kind: .column("amount")),
        FeatureDeclaration(name: "weekend", kind: .calendar(.weekday, members: [5, 6])),
        FeatureDeclaration(name: "night", kind: .calendar(.hour, members: Array(0...6))),
        FeatureDeclaration(
            name: "customer_count",
            kind: .rolling(.count, of: nil, key: "customer", over: days(1, 7, 30), delay: .zero)),
        FeatureDeclaration(
            name: "customer_mean",
            kind: .rolling(.mean, of: "amount", key: "customer", over: days(1, 7, 30), delay: .zero)),
        FeatureDeclaration(
            name: "terminal_count",
            kind: .rolling(.count, of: nil, key: "terminal", over: days(1, 7, 30), delay: .seconds(7 * 86_400))),
        FeatureDeclaration(
            name: "terminal_risk",
            kind: .rolling(.labelRate, of: nil, key: "terminal", over: days(1, 7, 30), delay: .seconds(7 * 86_400)),
            empty: 0),
    ]

    static func engine() throws -> FeatureEngine {
        try FeatureEngine(
            features: features, featureHash: "f00d", columns: columns, idColumn: "tx_id", timeZone: "UTC",
            labelHorizon: .seconds(120 * 86_400))
    }

    /// The transactions of days (`2018-04-01` …) in order, and each fraud of them as a label known seven days later.
    static func load(from first: String, through last: String) throws -> (events: RowTable, labels: RowTable) {
        var events = RowTable(columns: columns)
        var labels = RowTable(columns: LabelSource.sliceColumns)
        let reader = try LineReader(path: "\(folder ?? "")/handbook-transactions.csv.zst")
        let (first, last) = (Array(first.utf8), Array(last.utf8))
        _ = try reader.next()
        while let line = try reader.next() {
            let fields = line.split(separator: 44).map { Array($0) }
            let day = fields[1][0..<10]
            if day.lexicographicallyPrecedes(first) { continue }
            if last.lexicographicallyPrecedes(day) { break }
            let time = Timestamp(rfc3339: String(decoding: fields[1], as: UTF8.self))!.microseconds
            events.times.append(time)
            events.values[0].cells.append(number(fields[0]))
            events.values[1].cells.append(UInt64(time))
            events.values[2].cells.append(number(fields[2]))
            events.values[3].cells.append(number(fields[3]))
            let decimals = fields[4].firstIndex(of: 46).map { fields[4].count - $0 - 1 } ?? 0
            events.values[4].cells.append(number(fields[4]) * [100, 10, 1][decimals])
            if fields[5].first == 49 {
                let known = UInt64(time + 7 * 86_400_000_000)
                labels.times.append(Int64(known))
                for (column, cell) in [number(fields[0]), known, known, 1].enumerated() {
                    labels.values[column].cells.append(cell)
                }
            }
        }
        return (events, labels)
    }

    /// Digits alone: a point is passed over.
    private static func number(_ field: [UInt8]) -> UInt64 {
        field.reduce(0) { $1 == 46 ? $0 : $0 * 10 + UInt64($1 - 48) }
    }

    /// The published features of 2018-08-08, by transaction.
    static func golden() throws -> [UInt64: [Double]] {
        let reader = try LineReader(path: "\(folder ?? "")/handbook-golden-features-2018-08-08.csv.gz")
        var golden: [UInt64: [Double]] = [:]
        let published = try #require(try reader.next()).split(separator: 44).map { String(decoding: $0, as: UTF8.self) }
        while let line = try reader.next() {
            let fields = line.split(separator: 44).map { String(decoding: $0, as: UTF8.self) }
            var values: [String: Double] = [:]
            for (name, field) in zip(published, fields) { values[name] = Double(field) }
            var row = [values["amount"]!, values["TX_DURING_WEEKEND"]!, values["TX_DURING_NIGHT"]!]
            for prefix in [
                "CUSTOMER_ID_NB_TX", "CUSTOMER_ID_AVG_AMOUNT", "TERMINAL_ID_NB_TX", "TERMINAL_ID_RISK",
            ] {
                for days in [1, 7, 30] { row.append(values["\(prefix)_\(days)DAY_WINDOW"]!) }
            }
            golden[UInt64(fields[0])!] = row
        }
        return golden
    }

    /// Transactions that share second and customer, or second and terminal, with another: either order is right.
    static func sameSecond(_ events: RowTable) -> Set<UInt64> {
        var seen: [[UInt64]: UInt64] = [:]
        var pairs: Set<UInt64> = []
        for row in 0..<events.count {
            for column in [2, 3] {
                let key = [UInt64(column), events.values[column].cells[row], UInt64(events.times[row])]
                let id = events.values[0].cells[row]
                if let other = seen.updateValue(id, forKey: key) { pairs.formUnion([id, other]) }
            }
        }
        return pairs
    }
}

struct GoldenFeatureTests {
    // Needs the fraud benchmark's files: MILLRACE_DATA names their folder.
    @Test(.enabled(if: Handbook.folder != nil, "set MILLRACE_DATA to the folder of the handbook's files"))
    func `the handbook's features of one day come out as published`() throws {
        let (events, labels) = try Handbook.load(from: "2018-07-01", through: "2018-08-08")
        let golden = try Handbook.golden()
        #expect(golden.count == 9740)
        let engine = try Handbook.engine()
        let features = engine.append(events: events, labels: labels)
        let width = engine.featureNames.count
        #expect(width == 15)
        let pairs = Handbook.sameSecond(events)
        var compared = 0
        var apart = 0
        var worst = 0.0
        for row in 0..<events.count {
            let id = events.values[0].cells[row]
            guard let expected = golden[id] else { continue }
            if pairs.contains(id) {
                apart += 1
                continue
            }
            compared += 1
            for feature in 0..<width {
                let distance = abs(features[row * width + feature] - expected[feature])
                worst = distance <= worst ? worst : distance
                if !(distance <= 1e-6) {
                    let name = engine.featureNames[feature]
                    let found = features[row * width + feature]
                    Issue.record("transaction \(id), \(name): expected \(expected[feature]), found \(found)")
                    return
                }
            }
        }
        print("golden: \(compared) rows compared, \(apart) set apart, largest distance \(worst)")
        #expect(compared + apart == 9740)
        #expect(apart < 20)
    }
}
