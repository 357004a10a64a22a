import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

struct FeatureEngineTests {
    /// One aggregate, by its definition and nothing else.
    private func naive(_ stream: RandomStream, _ declaration: FeatureDeclaration, over: Int64, row: Int) -> Double {
        guard case .rolling(let function, let of, let key, _, let delay) = declaration.kind else { return .nan }
        let events = stream.events
        let time = events.times[row]
        let keys = events.column(key)!
        let mine = keys.text(row)
        var rows: [Int] = []
        if mine != nil {
            for other in 0...row where keys.text(other) == mine {
                let age = time - delay.microseconds - events.times[other]
                if age >= 0, age < over { rows.append(other) }
            }
        }
        let empty = declaration.empty ?? .nan
        var values: [Double] = []
        if let of, let index = events.columns.firstIndex(where: { $0.name == of }), of != "shop" {
            values = rows.map { NumericCell.double(events.values[index].cells[$0], type: events.columns[index].type) }
                .filter { !$0.isNaN }
        }
        let mean = values.reduce(0, +) / Double(values.count)
        switch function {
        case .count: return of == nil ? Double(rows.count) : Double(values.count)
        case .sum: return values.isEmpty ? declaration.empty ?? 0 : values.reduce(0, +)
        case .mean: return values.isEmpty ? empty : mean
        case .minimum: return values.min() ?? empty
        case .maximum: return values.max() ?? empty
        case .standardDeviation:
            guard values.count > 1 else { return empty }
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)).squareRoot()
        case .distinct:
            return of == "shop"
                ? Double(Set(rows.compactMap { events.values[2].text($0) }).count) : Double(Set(values).count)
        case .labelRate:
            let positives = rows.count { isPositive(stream, event: $0, at: time) }
            return rows.isEmpty ? empty : Double(positives) / Double(rows.count)
        }
    }

    private func isPositive(_ stream: RandomStream, event: Int, at time: Int64) -> Bool {
        let labels = stream.labels
        let id = stream.events.values[0].text(event)
        var best: (reported: Int64, value: Int64)?
        for row in 0..<labels.count where labels.values[0].text(row) == id {
            let known = labels.times[row]
            guard known <= time, known > stream.events.times[event] - RandomStream.horizon else { continue }
            let reported = labels.values[1].integer(row)!
            if best == nil || reported >= best!.reported { best = (reported, labels.values[3].integer(row)!) }
        }
        return best?.value == 1
    }

    @Test(arguments: [1, 2, 3]) func `every aggregate is what its definition says`(_ seed: UInt64) throws {
        let stream = RandomStream(seed: seed, count: 300)
        let engine = try RandomStream.engine()
        let found = engine.append(events: stream.events, labels: stream.labels)
        let width = engine.featureNames.count
        var feature = 0
        for declaration in RandomStream.features {
            for over: Int64 in [10, 60] {
                defer { feature += 1 }
                for row in 0..<stream.events.count {
                    let expected = naive(stream, declaration, over: over, row: row)
                    let value = found[row * width + feature]
                    if abs(value - expected) <= 1e-9 * max(1, abs(expected)) || (value.isNaN && expected.isNaN) {
                        continue
                    }
                    // The naive variance of one repeated value is a rounding error; its root is not small.
                    if case .rolling(.standardDeviation, _, _, _, _) = declaration.kind, abs(value - expected) < 1e-4 {
                        continue
                    }
                    Issue.record("\(declaration.name) over \(over), row \(row): expected \(expected), found \(value)")
                    return
                }
            }
        }
    }

    @Test(arguments: [4, 5, 6, 7]) func `the size of the batches changes nothing`(_ seed: UInt64) throws {
        let stream = RandomStream(seed: seed, count: 600)
        let whole = try RandomStream.engine().append(events: stream.events, labels: stream.labels)
        var generator = SeededGenerator(seed: seed)
        let engine = try RandomStream.engine()
        var pieces: [Double] = []
        var start: Int64 = 0
        while start <= stream.events.times.last! {
            let end = start + .random(in: 1...90, using: &generator)
            let (events, labels) = stream.slice(start..<end)
            pieces += engine.append(events: events, labels: labels)
            start = end
        }
        #expect(pieces.map(\.bitPattern) == whole.map(\.bitPattern))
    }

    @Test(arguments: 10..<22) func `state carried, restored and rebuilt is the same bytes and goes on alike`(
        _ seed: UInt64
    ) throws {
        let stream = RandomStream(seed: seed, count: 900)
        var generator = SeededGenerator(seed: seed)
        let last = stream.events.times.last!
        let cut = Int64.random(in: 1500...last, using: &generator)
        let end = Timestamp(microseconds: cut)
        let carried = try RandomStream.engine()
        let before = stream.slice(0..<cut)
        _ = carried.append(events: before.events, labels: before.labels)
        let state = carried.encodedState(at: end)

        let restored = try RandomStream.engine()
        #expect(try restored.restore(state) == end)
        #expect(restored.encodedState(at: end) == state)

        // Only the slices that can matter: events in reach, labels a horizon before them.
        let reach = carried.reach.microseconds
        let rebuilt = try RandomStream.engine()
        let recent = stream.slice(cut - reach + 1..<cut)
        let labels = stream.slice(cut - reach - RandomStream.horizon..<cut).labels
        _ = rebuilt.append(events: recent.events, labels: labels)
        #expect(rebuilt.encodedState(at: end) == state)

        let after = stream.slice(cut..<last + 1)
        let expected = carried.append(events: after.events, labels: after.labels)
        for engine in [restored, rebuilt] {
            let found = engine.append(events: after.events, labels: after.labels)
            #expect(found.map(\.bitPattern) == expected.map(\.bitPattern))
        }
    }

    @Test func `state of another feature set and damaged state are refused`() throws {
        let stream = RandomStream(seed: 30, count: 100)
        let engine = try RandomStream.engine()
        _ = engine.append(events: stream.events, labels: stream.labels)
        let state = engine.encodedState(at: Timestamp(microseconds: 5000))
        #expect {
            _ = try RandomStream.engine(hash: "bb").restore(state)
        } throws: {
            ($0 as? DatasetError)?.code == .mismatch
        }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<300 {
            var bytes = state
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= UInt8.random(in: 1...255, using: &generator)
            // With its checksum made good, a mutation must still not crash.
            let body = bytes.dropLast(32)
            for candidate in [bytes, Array(body) + Checksum(of: body).bytes, Array(bytes.dropLast(7))] {
                let fresh = try RandomStream.engine()
                if (try? fresh.restore(candidate)) != nil { #expect(candidate != bytes) }
            }
        }
    }

    @Test func `a label known at the instant of an event is seen by it, and one known later is not`() throws {
        let engine = try FeatureEngine(
            features: [
                FeatureDeclaration(
                    name: "risk",
                    kind: .rolling(
                        .labelRate, of: nil, key: "card", over: [.microseconds(100)], delay: .microseconds(10)),
                    empty: 0)
            ], featureHash: "x", columns: RandomStream.columns, idColumn: "id", timeZone: "UTC",
            labelHorizon: .microseconds(500))
        var events = RowTable(columns: RandomStream.columns)
        for (id, time) in [(1, 0), (2, 19), (3, 20), (4, 30)] as [(UInt64, Int64)] {
            events.times.append(time)
            for (column, cell) in [id, 7, Cell.nullText, 0, 0].enumerated() {
                events.values[column].cells.append(cell)
            }
        }
        let labels = LabelBookTests.labels([("1", 20, 20, 1), ("1", 30, 30, -1)])
        #expect(engine.append(events: events, labels: labels) == [0, 0, 1, 0])
    }

    @Test func `many keys that come and go are forgotten, and nothing else is`() throws {
        let features = [
            FeatureDeclaration(
                name: "n", kind: .rolling(.count, of: nil, key: "card", over: [.microseconds(50)], delay: .zero)),
            FeatureDeclaration(
                name: "d", kind: .rolling(.distinct, of: "shop", key: "card", over: [.microseconds(50)], delay: .zero)),
        ]
        let engine = try FeatureEngine(
            features: features, featureHash: "x", columns: RandomStream.columns, idColumn: "id", timeZone: "UTC",
            labelHorizon: .zero)
        for batch in 0..<400 {
            var events = RowTable(columns: RandomStream.columns)
            for row in 0..<50 {
                let number = batch * 50 + row
                events.times.append(Int64(number))
                events.values[0].cells.append(UInt64(number))
                events.values[1].append(text: Array("card \(number / 2)".utf8)[...])
                events.values[2].append(text: Array("shop \(number)".utf8)[...])
                events.values[3].cells.append(0)
                events.values[4].cells.append(0)
            }
            let found = engine.append(events: events)
            var expected: [Double] = []
            for row in 0..<50 { expected += [Double(row % 2 + 1), Double(row % 2 + 1)] }
            #expect(found == expected)
        }
        #expect(engine.groups[0].keys.count <= 2048)
    }
}
