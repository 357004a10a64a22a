import Testing

import Millrace
@testable import MillraceCore
@testable import MillraceOverview
@testable import MillraceStream

@Suite struct LabelShareTests {
    private static let day: Int64 = 86_400_000_000

    private func window(_ index: Int) -> Window {
        Window(holding: Timestamp(microseconds: Int64(index) * Self.day), size: .seconds(86_400))
    }

    private func texts(_ ids: [String]) -> CellColumn {
        var column = CellColumn()
        for id in ids { column.append(text: Array(id.utf8)[...]) }
        return column
    }

    /// Ten events a day; of each day's, five are labelled two days later, one of them withdrawn on the day after, and one
    /// label comes a day before its event.
    @Test func theShareOfLabelledEventsIsToldByTheirAge() throws {
        var matcher = LabelMatcher(horizon: .seconds(30 * 86_400))
        var view = PipelineView()
        let source = LabelSource(topics: ["l"], eventField: "e", reportedField: "r", valueField: "v")
        var offset: Int64 = 0
        func say(_ payload: some Payload) throws {
            let record = try MessageCodec.encode(payload, pipeline: "p", from: "/test", to: .datasets)
            view.fold(
                ControlRecord(
                    arrow: .datasets, offset: offset, timestampMilliseconds: nil,
                    message: try MessageCodec.decode(headers: record.headers, value: record.value)))
            offset += 1
        }
        for day in 0..<10 {
            let at = Int64(day) * Self.day + 1
            var labels: [(String, Int64, Int64, Int64)] = []
            if day >= 2 { labels += (0..<5).map { ("\(day - 2)-\($0)", at, at, Int64($0 % 2)) } }
            if day >= 3 { labels.append(("\(day - 3)-0", at, at, -1)) }
            labels.append(("\(day + 1)-9", at, at, 1))
            let arrival = matcher.add(
                window: window(day), events: texts((0..<10).map { "\(day)-\($0)" }),
                labels: LabelBookTests.labels(labels))
            try say(
                LabelsArrived(
                    window: window(day), file: nil, arrival: arrival, matcher: matcher, source: source,
                    previous: view.labels))
            try say(
                DatasetReady(
                    window: window(day), featureHash: "f", rows: 10, features: [], folder: "", files: [], isCold: false,
                    offsets: [:], slices: [], state: nil, slicesRewindOffset: 0))
        }
        let shares = view.labelShares
        // Ages in days: today's 0, then 1 and 2, then 3 to 6, then the rest.
        #expect(shares.map { $0.toSeconds / 3600 } == [1, 72, 168, 336])
        #expect(shares.map(\.events) == [10, 20, 40, 30])
        // Today's and yesterday's have the early label only; those of two days ago also five; later one is withdrawn.
        #expect(shares.map(\.labelled) == [1, 1 + 6, 4 * 5, 3 * 5 - 1])
    }
}
