import Testing

import Millrace
@testable import MillraceOverview

@Suite struct EndHistoryTests {
    @Test func arrivalsAreBetweenTheLooksAroundThem() {
        var history = EndHistory()
        for (time, end) in [(0, 10), (10, 10), (20, 30), (30, 30), (40, 30), (50, 31)] as [(Int64, Int64)] {
            history.add(time: time, end: end)
        }
        #expect(history.arrival(of: 9) == .before(0))
        #expect(history.arrival(of: 10) == .between(10, at: 10, 20))
        #expect(history.arrival(of: 20) == .between(10, at: 15, 20))
        #expect(history.arrival(of: 30) == .between(40, at: 45, 50))
        #expect(history.arrival(of: 31) == .notYet)
    }

    /// Two days of looks every ten seconds, at a rate that changes all the time.
    @Test func aBoundedNumberOfPointsTellsArrivalsWithinTwoPercentOfTheirAge() {
        var history = EndHistory()
        var generator = SeededGenerator(seed: 5)
        var truth: [(time: Int64, end: Int64)] = []
        var end: Int64 = 0
        for look in 0..<17_280 {
            end += Int64.random(in: 0...(look / 500 % 3 == 0 ? 2000 : 20), using: &generator)
            let time = Int64(look) * 10_000_000
            history.add(time: time, end: end)
            truth.append((time, end))
            #expect(history.points.count <= EndHistory.capacity)
        }
        let now = truth[truth.count - 1].time
        for index in stride(from: 1, to: truth.count, by: 97) where truth[index].end > truth[index - 1].end {
            guard case .between(_, let at, _) = history.arrival(of: truth[index].end - 1) else { continue }
            let error = abs(at - truth[index].time)
            #expect(error <= max(10_000_000, (now - truth[index].time) / 50), "look \(index)")
        }
    }

    @Test func ratesAreOfTheLastWhile() {
        var history = EndHistory()
        #expect(history.rate(over: 60_000_000) == nil)
        for look in 0...60 { history.add(time: Int64(look) * 1_000_000, end: look < 50 ? 0 : Int64(look - 50) * 100) }
        #expect(history.rate(over: 10_000_000) == 100)
        #expect(history.rate(over: 20_000_000) == 50)
    }
}
