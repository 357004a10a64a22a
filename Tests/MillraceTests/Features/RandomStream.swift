import Millrace
@testable import MillraceCore
@testable import MillraceStream

/// A seeded stream of events and labels with everything that is awkward: null keys and values, numbers and texts as ids,
/// equal times, long silences, labels early, late, changed and withdrawn.
struct RandomStream {
    static let columns = [
        Column(name: "id", type: .id), Column(name: "card", type: .id), Column(name: "shop", type: .text),
        Column(name: "amount", type: .decimal(scale: 2)), Column(name: "score", type: .float),
    ]
    static let horizon: Int64 = 300
    private static func spans(_ seconds: Int...) -> [Duration] { seconds.map { .microseconds($0) } }

    /// Times are in microseconds, to keep the numbers small.
    static let features: [FeatureDeclaration] = {
        var list: [FeatureDeclaration] = []
        let functions: [(FeatureDeclaration.RollingFunction, String?)] = [
            (.count, nil), (.count, "amount"), (.sum, "amount"), (.mean, "amount"), (.minimum, "amount"),
            (.maximum, "amount"), (.standardDeviation, "amount"), (.distinct, "shop"), (.distinct, "amount"),
            (.labelRate, nil), (.sum, "score"), (.mean, "score"), (.minimum, "score"), (.maximum, "score"),
            (.standardDeviation, "score"),
        ]
        for (index, (function, of)) in functions.enumerated() {
            for (key, delay) in [("card", 0), ("card", 15), ("shop", 0), ("shop", 40)] {
                list.append(
                    FeatureDeclaration(
                        name: "f\(index)_\(key)_\(delay)",
                        kind: .rolling(
                            function, of: of, key: key, over: spans(10, 60), delay: .microseconds(delay)),
                        empty: index % 3 == 0 ? 0 : nil))
            }
        }
        return list
    }()

    var events = RowTable(columns: columns)
    var labels = RowTable(columns: LabelSource.sliceColumns)

    init(seed: UInt64, count: Int) {
        var generator = SeededGenerator(seed: seed)
        func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &generator) < share }
        var time: Int64 = 1000
        var known: [(at: Int64, id: [UInt8], reported: Int64, value: Int64)] = []
        for index in 0..<count {
            if !chance(0.2) { time += .random(in: 0...6, using: &generator) }
            if chance(0.01) { time += 100 }
            let id = Array((index % 3 == 0 ? "e-\(index)" : "\(index)").utf8)
            events.times.append(time)
            events.values[0].append(text: id[...])
            let card = Int.random(in: 0..<6, using: &generator)
            events.values[1].append(text: Array((chance(0.1) ? "" : card < 3 ? "\(card)" : "card \(card)").utf8)[...])
            let shop = ["a shop with a long name", "b", "77", "d"].randomElement(using: &generator)!
            events.values[2].append(text: Array((chance(0.1) ? "" : shop).utf8)[...])
            events.values[3].cells.append(
                chance(0.15)
                    ? Cell.nullInteger : UInt64(bitPattern: .random(in: -50_000...99_999, using: &generator)))
            events.values[4].cells.append(
                chance(0.15) ? Cell.nullFloat : Double.random(in: -1e3...1e3, using: &generator).bitPattern)
            for _ in 0..<(chance(0.5) ? Int.random(in: 1...3, using: &generator) : 0) {
                let at = max(0, time + .random(in: -40...80, using: &generator))
                known.append(
                    (at, id, at - .random(in: 0...30, using: &generator), .random(in: -1...1, using: &generator)))
            }
        }
        for label in known.enumerated().sorted(by: { ($0.1.at, $0.0) < ($1.1.at, $1.0) }).map(\.1) {
            labels.times.append(label.at)
            labels.values[0].append(text: label.id[...])
            labels.values[1].cells.append(UInt64(bitPattern: label.reported))
            labels.values[2].cells.append(UInt64(bitPattern: label.at))
            labels.values[3].cells.append(UInt64(bitPattern: label.value))
        }
    }

    /// The rows with time in `range`.
    func slice(_ range: Range<Int64>) -> (events: RowTable, labels: RowTable) {
        func cut(_ table: RowTable) -> RowTable {
            let rows =
                table.times.partitioningIndex {
                    $0 >= range.lowerBound
                }..<table.times.partitioningIndex { $0 >= range.upperBound }
            return RowTable(
                columns: table.columns, times: Array(table.times[rows]),
                values: table.values.map { CellColumn(cells: Array($0.cells[rows]), heap: $0.heap) })
        }
        return (cut(events), cut(labels))
    }

    static func engine(hash: String = "aa") throws -> FeatureEngine {
        try FeatureEngine(
            features: features, featureHash: hash, columns: columns, idColumn: "id", timeZone: "UTC",
            labelHorizon: .microseconds(horizon))
    }
}
