import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceStream

/// Whole windows of events and labels about them, drawn from a seed: labels early, late, twice, and for no event.
private struct MatchStream {
    static let width: Int64 = 100
    var windows: [(window: Window, events: CellColumn, labels: RowTable)] = []

    init(seed: UInt64, windows count: Int) {
        var generator = SeededGenerator(seed: seed)
        var labels: [Int: [(at: Int64, id: String, value: Int64)]] = [:]
        var ids: [Int: [String]] = [:]
        for index in 0..<count {
            for number in 0..<12 {
                let id = number % 2 == 0 ? "\(index * 100 + number)" : "e-\(index)-\(number)"
                if !Bool.random(using: &generator) || number < 8 { ids[index, default: []].append(id) }
                for _ in 0..<Int.random(in: 0...2, using: &generator) {
                    // The feed falls silent for longer than the horizon.
                    let window = index + Int.random(in: -2...6, using: &generator)
                    guard window >= 0, !(30..<42).contains(window) else { continue }
                    labels[window, default: []].append(
                        (
                            Int64(window) * Self.width + .random(in: 0..<Self.width, using: &generator), id,
                            .random(in: -1...1, using: &generator)
                        ))
                }
            }
        }
        for index in 0..<count {
            let window = Window(
                holding: Timestamp(microseconds: Int64(index) * Self.width), size: .microseconds(Self.width))
            var events = CellColumn()
            for id in ids[index] ?? [] { events.append(text: Array(id.utf8)[...]) }
            let rows = (labels[index] ?? []).sorted { ($0.at, $0.id, $0.value) < ($1.at, $1.id, $1.value) }
            windows.append(
                (window, events, LabelBookTests.labels(rows.map { ($0.id, $0.at, $0.at, $0.value) })))
        }
    }
}

struct LabelMatcherRestartTests {
    private static let source: LabelSource = {
        var source = LabelSource(topics: ["l"], eventField: "e", reportedField: "r", valueField: "v")
        source.horizon = .microseconds(8 * MatchStream.width)
        source.maturity = .microseconds(2 * MatchStream.width)
        source.silentAfter = .microseconds(3 * MatchStream.width)
        return source
    }()

    private static func announce(
        _ part: (window: Window, events: CellColumn, labels: RowTable), _ matcher: inout LabelMatcher,
        after previous: LabelsArrived?
    ) -> LabelsArrived {
        let arrival = matcher.add(window: part.window, events: part.events, labels: part.labels)
        return LabelsArrived(
            window: part.window, file: nil, arrival: arrival, matcher: matcher, source: source, previous: previous)
    }

    @Test(arguments: 1..<9) func `after a restart at any window the same labels are announced in the same words`(
        _ seed: UInt64
    ) {
        let stream = MatchStream(seed: seed, windows: 60)
        var carried = LabelMatcher(horizon: Self.source.horizon)
        var expected: [LabelsArrived] = []
        for part in stream.windows {
            expected.append(Self.announce(part, &carried, after: expected.last))
        }
        #expect(Set(expected.map(\.maturedThrough)).count > 20)
        #expect(expected.contains { $0.isSilent } && expected.contains { $0.unmatched > 0 })

        var pipeline = Pipeline(
            name: "p", folder: "f", events: EventSource(topics: ["t"], timeColumn: "t", idColumn: "i", columns: []),
            labels: Self.source, registry: .init(path: "r"))
        pipeline.windows.size = .microseconds(MatchStream.width)
        let memory = TransformMachine.Settings(pipeline, featureHash: "h").memory.microseconds
        for restart in stride(from: 1, to: 60, by: 1) {
            var matcher = LabelMatcher(horizon: Self.source.horizon)
            let earliest = stream.windows[restart].window.start.microseconds - memory
            for part in stream.windows[..<restart] where part.window.end.microseconds > earliest {
                _ = matcher.add(window: part.window, events: part.events, labels: part.labels)
            }
            let found = Self.announce(stream.windows[restart], &matcher, after: expected[restart - 1])
            #expect(found == expected[restart], "restarted before window \(restart)")
            if found != expected[restart] { return }
        }
    }
}
