import Testing

import Millrace
@testable import MillraceOverview

@Suite struct LookListTests {
    private let second: Int64 = 1_000_000

    @Test(arguments: [0, 1, 16_777_215, 16_777_217, 4_294_967_297, 1_000_000_000_001] as [Int64])
    func whatWasPutInComesOut(lag: Int64) {
        var list = LookList()
        for index in 0..<25 {
            let look = LookList.Look(time: Int64(index) * second, offset: 1 << 40, end: (1 << 40) + lag)
            list.append(look, capacity: 10)
            #expect(list.count == min(index + 1, 10))
            #expect(list.last?.time == look.time && list.last?.offset == look.offset)
            let found = list.last?.lag ?? -1
            #expect(found <= lag && Double(lag - found) <= Double(lag) / 16_000_000)
        }
        #expect(list.map(\.time) == (15..<25).map { Int64($0) * second })
    }

    @Test func whatIsFarTooOldIsForgottenAndTheRestKeepsItsTime() {
        var list = LookList()
        let day = 86_400 * second
        let times = [0, 30 * day, 60 * day, 90 * day, 1000 * day]
        var counts: [Int] = []
        for time in times {
            list.append(.init(time: time, offset: 1, end: 2), capacity: 10)
            #expect(list.last?.time == time)
            counts.append(list.count)
        }
        #expect(counts == [1, 2, 2, 2, 1])
    }

    @Test func aClockThatIsSetBackStandsStill() {
        var list = LookList()
        for time in [100, 50, 200] as [Int64] {
            list.append(.init(time: time * second, offset: 1, end: 2), capacity: 10)
        }
        #expect(list.map(\.time) == [100, 100, 200].map { $0 * second })
    }
}
